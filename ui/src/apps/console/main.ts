import '@/shared/design/index.css'
import { createApp } from 'vue'
import { onSessionLost } from '@/shared/api/client'
import { loadSession, take } from '@/shared/api/session'
import { startTheme } from '@/shared/design/theme'
import { i18n, keptLanguage, setLanguage } from '@/shared/i18n'
import { listenToKeys } from '@/shared/lib/keys'
import { SLOW_MS } from '@/shared/lib/resource'
import App from './App.vue'
import { router } from './router'
import StartingPage from './shell/StartingPage.vue'

const pause = (ms: number) => new Promise<'slow'>((done) => setTimeout(() => done('slow'), ms))

async function start() {
  const asked = Promise.allSettled([loadSession(), startTheme()])
  await setLanguage(keptLanguage())
  // A slow answer shows the frame of the page meanwhile; a quick one shows nothing but the page.
  if ((await Promise.race([asked, pause(SLOW_MS)])) === 'slow') {
    const frame = createApp(StartingPage, { bare: location.pathname.startsWith('/sign-in') }).use(i18n)
    frame.mount('#app')
    await asked
    frame.unmount()
  }
  const [session] = await asked
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
