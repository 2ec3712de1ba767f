import '@/shared/design/index.css'
import { createApp } from 'vue'
import { onSessionLost } from '@/shared/api/client'
import { loadSession, take } from '@/shared/api/session'
import { startTheme } from '@/shared/design/theme'
import { i18n, keptLanguage, setLanguage } from '@/shared/i18n'
import { listenToKeys } from '@/shared/lib/keys'
import App from './App.vue'
import { router } from './router'

async function start() {
  const [, , session] = await Promise.allSettled([setLanguage(keptLanguage()), startTheme(), loadSession()])
  onSessionLost.run = () => {
    take(undefined)
    const next = router.currentRoute.value.fullPath
    if (router.currentRoute.value.name !== 'sign-in') void router.replace({ name: 'sign-in', query: { next, why: 'ended' } })
  }
  listenToKeys()
  const app = createApp(App, { unreachable: session.status === 'rejected' })
  app.use(i18n).use(router).mount('#app')
}

void start()
