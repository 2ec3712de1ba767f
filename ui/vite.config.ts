import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const server = process.env.ONEDOOR_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  worker: { format: 'es' },
  server: { port: 5173, proxy: { '/api': { target: server, changeOrigin: false } } },
  preview: { port: 4173, proxy: { '/api': { target: server, changeOrigin: false } } },
  build: {
    // County offices run older Chromium shells; nothing here needs more.
    target: ['chrome92', 'edge92', 'firefox91', 'safari15'],
    // No inlined files: the content security policy allows data: for generated pictures only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      output: {
        manualChunks(id) {
          if (id.includes('node_modules/maplibre-gl')) return 'map'
          if (id.includes('node_modules/echarts') || id.includes('node_modules/zrender')) return 'chart'
          return undefined
        },
      },
    },
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'], setupFiles: ['tests/setup.ts'], testTimeout: 15000 },
})
