// A real Chromium, one fresh context per person, and axe on what they see.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

export function launch() {
  return chromium.launch({ executablePath: process.env.ONEDOOR_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
}

/** A person at a desk: own context, signed in, errors of the page collected. */
export async function person(browser, server, account, { width = 1440, height = 900, language = 'zh' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    timezoneId: 'Asia/Shanghai',
    baseURL: server.base,
    bypassCSP: false,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  watchFetches(page)
  const faults = []
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (401|403|404|409|422)/.test(message.text())) faults.push(message.text())
  })
  page.setDefaultTimeout(30_000)
  if (account) await signIn(page, account, server.password)
  return { page, context, faults, account }
}

export async function signIn(page, account, password) {
  await page.goto('/sign-in')
  await page.locator('input[autocomplete="username"]').fill(account.login)
  await page.locator('input[autocomplete="current-password"]').fill(password)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}

/** Serious and critical violations of WCAG 2.2 A and AA, one line each. */
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource)
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  )
  return found.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} — ${one.help}`))
}

/** What each page is fetching now; the stream of live events never ends and does not count. */
const fetching = new WeakMap()

function watchFetches(page) {
  const open = new Set()
  fetching.set(page, open)
  page.on('request', (request) => {
    if (!/\/api\/v1\/live/.test(request.url())) open.add(request)
  })
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => open.delete(request))
}

/** Waits until nothing is being fetched or drawn any more: no request under way, no skeleton, and still so two frames later. */
export async function settled(page) {
  await page.waitForLoadState('domcontentloaded')
  await page.locator('h1').first().waitFor()
  const frames = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  const quiet = async () => !fetching.get(page)?.size && !(await page.evaluate(() => Boolean(document.querySelector('[aria-busy="true"]'))))
  const until = Date.now() + 30_000
  while (Date.now() < until) {
    await frames()
    if ((await quiet()) && (await frames(), await quiet())) return
    await page.waitForTimeout(20)
  }
  throw new Error(`not settled: ${[...(fetching.get(page) ?? [])].map((request) => request.url()).join(' ') || 'a skeleton stays'}`)
}
