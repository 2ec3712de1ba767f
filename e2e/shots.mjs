// Screenshots of every page and of the states behind a deed, both languages, two sizes, into ui/shots (an ignored folder): ./dev shots [page …]
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launch, person, settled } from './kit/browser.mjs'
import { PAGES, STATES, resolvePath } from './kit/pages.mjs'
import { startDemo } from './kit/server.mjs'

const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]
const folder = join(import.meta.dirname, '../ui/shots')
const chosen = process.argv.slice(2)
const wanted = (name) => !chosen.length || chosen.includes(name)
const report = (name) => (error) => process.stderr.write(`${name}: ${error.message.split('\n')[0]}\n`)

async function shoot(page, name, language, size, whole = size.width < 500) {
  const file = join(folder, `${name}-${language}-${size.width}.png`)
  await page.screenshot({ path: file, fullPage: whole })
  process.stdout.write(`${file}\n`)
}

/** What is seen before anybody has signed in. */
async function signIn(browser, server, language, size) {
  const { page, context } = await person(browser, server, null, { ...size, language })
  await page.goto('/sign-in')
  await settled(page)
  await shoot(page, 'sign-in', language, size)
  await page.keyboard.press('Enter')
  await shoot(page, 'sign-in-empty', language, size)
  await page.route('**/api/v1/session', (route) => new Promise((done) => setTimeout(() => done(route.continue()), 3000)))
  await page.goto('/cases', { waitUntil: 'commit' })
  await page.waitForTimeout(1500)
  await shoot(page, 'starting', language, size, false)
  await context.close()
}

async function plain(page, { name, path }, language, size) {
  await page.goto(await resolvePath(page, path))
  await settled(page).catch(report(name))
  await shoot(page, name, language, size)
}

/** A state: dark, on paper, or with something opened. */
async function state(page, { name, path, dark, paper, first, then }, language, size) {
  await first?.(page)
  await page.evaluate((theme) => localStorage.setItem('onedoor.theme', theme), dark ? 'dark' : 'light')
  if (paper) await page.emulateMedia({ media: 'print' })
  await page.goto(await resolvePath(page, path))
  await settled(page)
  await then?.(page)
  await settled(page)
  await shoot(page, name, language, size, Boolean(paper) || (size.width < 500 && !then))
  await page.emulateMedia({ media: 'screen' })
  await page.evaluate(() => localStorage.removeItem('onedoor.theme'))
}

const server = await startDemo({ matters: 600 })
const browser = await launch()
mkdirSync(folder, { recursive: true })
try {
  for (const language of ['zh', 'en']) {
    for (const size of SIZES) {
      if (wanted('sign-in')) await signIn(browser, server, language, size)
      const all = [...PAGES, ...STATES].filter((one) => wanted(one.name))
      for (const role of new Set(all.map((one) => one.role))) {
        const account = server.accounts.find((one) => one.role === role)
        const { page, context } = await person(browser, server, account, { ...size, language })
        await page.evaluate((spoken) => localStorage.setItem('onedoor.language', spoken), language)
        for (const one of all.filter((x) => x.role === role)) {
          const take = STATES.includes(one) ? state : plain
          await take(page, one, language, size).catch(report(one.name))
        }
        await context.close()
      }
    }
  }
} finally {
  await browser.close()
  await server.stop()
}
