import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

/** Files and functions stay small; apps import shared, never the other way; features never import each other. */
const oneWay = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] })

export default ts.config(
  { ignores: ['dist', 'shots', 'node_modules', 'src/api/generated.d.ts'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.{ts,vue}'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'] } },
    rules: {
      'no-undef': 'off',
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/no-v-html': 'error',
    },
  },
  {
    files: ['src/shared/**/*.{ts,vue}'],
    rules: oneWay([{ group: ['@/apps/*', '@/apps/**', '**/apps/**'], message: 'shared/ never imports an app.' }]),
  },
  {
    files: ['src/apps/*/features/**/*.{ts,vue}'],
    rules: oneWay([
      { group: ['@/apps/*/features/**', '../*/**', '../../**', '../../../**'], message: 'A feature never imports another feature: move the common part to shared/.' },
      { group: ['@/apps/*/shell/**'], message: 'A feature never imports the shell.' },
    ]),
  },
  { files: ['tests/**/*.ts', 'vite.config.ts', 'scripts/**'], rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' } },
)
