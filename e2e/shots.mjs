// Screenshots of every page, both languages, two sizes, into ui/shots (an ignored folder): ./dev shots [page …]
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launch, person, settled } from './kit/browser.mjs'
import { PAGES, resolvePath } from './kit/pages.mjs'
import { startDemo } from './kit/server.mjs'

const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]
const folder = join(import.meta.dirname, '../ui/shots')
const wanted = process.argv.slice(2)

async function shoot(page, name, language, size) {
  const file = join(folder, `${name}-${language}-${size.width}.png`)
  await page.screenshot({ path: file, fullPage: size.width < 500 })
  process.stdout.write(`${file}\n`)
}

const server = await startDemo({ matters: 600 })
const browser = await launch()
mkdirSync(folder, { recursive: true })
try {
  for (const language of ['zh', 'en']) {
    for (const size of SIZES) {
      const visitor = await person(browser, server, null, { ...size, language })
      await visitor.page.goto('/sign-in')
      await settled(visitor.page)
      await shoot(visitor.page, 'sign-in', language, size)
      await visitor.context.close()
      for (const role of new Set(PAGES.map((page) => page.role))) {
        const account = server.accounts.find((one) => one.role === role)
        const { page, context } = await person(browser, server, account, { ...size, language })
        await page.evaluate((chosen) => localStorage.setItem('onedoor.language', chosen), language)
        for (const { name, path } of PAGES.filter((one) => one.role === role && (!wanted.length || wanted.includes(one.name)))) {
          await page.goto(await resolvePath(page, path))
          await settled(page).catch((error) => process.stderr.write(`${name}: ${error.message}\n`))
          await shoot(page, name, language, size)
        }
        await context.close()
      }
    }
  }
} finally {
  await browser.close()
  await server.stop()
}
