// Screenshots of every page and of the states behind a deed, both languages, two sizes, into ui/shots (an ignored folder): ./dev shots [page …]
import { mkdirSync, rmSync } from 'node:fs'
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
let failed = 0
const report = (name) => (error) => {
  failed += 1
  process.stderr.write(`${name}: ${error.message.split('\n')[0]}\n`)
}

/** A picture is no higher than this, in pixels: a higher one can only be looked at shrunk. What is longer becomes several. */
const HIGHEST = 1300
/** So many pictures tell of the longest list. */
const MOST = 3

/** How far what is in front (an open dialog, else the page and what scrolls in it) goes on beyond what is seen. */
const beyond = (page) =>
  page.evaluate(() => {
    const scrolls = (e) => /auto|scroll/.test(getComputedStyle(e).overflowY) && e.clientHeight > 0
    const dialog = document.querySelector('[role="dialog"], dialog[open]')
    const inner = [...(dialog ?? document.body).querySelectorAll('*')].filter(scrolls)
    return Math.max(0, ...[dialog ?? document.documentElement, ...inner].map((e) => e.scrollHeight - e.clientHeight))
  })

/** Pictures of all there is to scroll to: the window is made as high as that, so that what is fixed stays where it belongs. */
async function shoot(page, name, language, size, whole = true) {
  let height = size.height
  if (whole) {
    for (let more = await beyond(page); more > 1 && height < HIGHEST * MOST; more = await beyond(page)) {
      height = Math.min(HIGHEST * MOST, height + more)
      await page.setViewportSize({ width: size.width, height })
    }
    await settled(page)
  }
  const pieces = Math.ceil(height / HIGHEST)
  for (let n = 0; n < pieces; n += 1) {
    const file = join(folder, `${name}-${language}-${size.width}${n ? `-${n + 1}` : ''}.png`)
    const from = n * HIGHEST
    await page.screenshot({ path: file, clip: { x: 0, y: from, width: size.width, height: Math.min(HIGHEST, height - from) } })
    process.stdout.write(`${file}\n`)
  }
  await page.setViewportSize(size)
}

/** A picture of nothing is no picture: the page has its heading, and nothing in it still waits. */
async function shown(page) {
  await settled(page)
  const main = page.locator('main')
  if (!(await page.locator('h1').first().isVisible())) throw new Error('no heading')
  if ((await main.count()) && (await main.first().innerText()).trim().length < 20) throw new Error('nothing on the page')
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
  await shown(page).catch(report(name))
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
  await shown(page)
  await shoot(page, name, language, size)
  await page.emulateMedia({ media: 'screen' })
  await page.evaluate(() => localStorage.removeItem('onedoor.theme'))
}

const server = await startDemo({ matters: 600 })
const browser = await launch()
if (!chosen.length) rmSync(folder, { recursive: true, force: true })
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
if (failed) process.exit(1)
