// What administrators and everybody with a second factor do, that no other test drives: rules, grids, one-time codes.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import { launch, person, settled, violations } from './kit/browser.mjs'
import { PASSWORD, populate, signedIn } from './kit/county.mjs'
import { startCounty } from './kit/server.mjs'

const PEOPLE = [{ login: 'clerk', name: '吴雪梅', role: 'clerk', unit: 'centre' }]

let server
let browser
const at = {}

before(async () => {
  server = { ...(await startCounty()), password: PASSWORD }
  await populate(server.base, server.log.join(''), PEOPLE)
  browser = await launch()
  at.clerk = await person(browser, server, PEOPLE[0])
  at.system = await person(browser, server, { login: 'system' })
})

afterEach(async (context) => {
  if (context.passed !== false || !process.env.ONEDOOR_E2E_SHOTS) return
  for (const [who, { page }] of Object.entries(at)) await page.screenshot({ path: `${process.env.ONEDOOR_E2E_SHOTS}/admin-${who}.png` })
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

async function accessible(who) {
  assert.deepEqual(await violations(at[who].page), [], `${who}: no serious violation at ${at[who].page.url()}`)
  assert.deepEqual(at[who].faults.splice(0), [], `${who}: no error in the page`)
}

test('a limit is changed and published with its reason; the version before stays in the history', async () => {
  const { page } = at.system
  await page.goto('/admin/deadlines')
  await settled(page)
  await page.getByRole('button', { name: /^修改/ }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await accessible('system')
  // The first is the priority, the second the first limit.
  const number = dialog.locator('input[inputmode="numeric"]').nth(1)
  const before = await number.inputValue()
  await number.fill(String(Number(before || '1') + 1))
  await dialog.getByRole('button', { name: '确定' }).or(dialog.locator('button.btn-primary')).first().click()
  await page.getByRole('button', { name: '发布' }).waitFor()
  await page.getByRole('button', { name: '发布' }).click()
  await page.getByText('请填写').or(page.locator('[aria-invalid="true"]')).first().waitFor()
  await page.locator('form.publish input').fill('试行三个月，放宽一档')
  const [answer] = await Promise.all([page.waitForResponse((r) => r.url().includes('/rule-sets/deadlines') && r.request().method() === 'POST'), page.getByRole('button', { name: '发布' }).click()])
  assert.equal(answer.status(), 201, await answer.text())
  await page.getByText('试行三个月，放宽一档').first().waitFor({ state: 'attached' })
  const system = await signedIn(server.base, 'system')
  const { items } = await system.call('GET', '/api/v1/rule-sets/deadlines/versions')
  assert.ok(items.length >= 2 && items.find((v) => v.in_force).note === '试行三个月，放宽一档')
  await accessible('system')
})

test('outlines of grids are judged first and taken then', async () => {
  const { page } = at.system
  const system = await signedIn(server.base, 'system')
  const village = (await system.call('GET', '/api/v1/areas?level=village&limit=1')).items[0]
  const ring = (x, y, side) => [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]
  const grid = (n, households) => ({ type: 'Feature', properties: { code: `${village.code}${String(n).padStart(3, '0')}`, name: `测试第 ${n} 网格`, households }, geometry: { type: 'Polygon', coordinates: ring(106.1 + n * 0.01, 34.75, 0.005) } })
  const file = { type: 'FeatureCollection', features: [grid(901, 120), grid(902, 460)] }
  await page.goto('/admin/grids')
  await settled(page)
  await page.getByRole('button', { name: '导入' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('input[type="file"]').setInputFiles({ name: 'grids.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(JSON.stringify(file)) })
  await dialog.locator('section[role="status"]').or(dialog.getByRole('alert')).first().waitFor()
  assert.match(await dialog.innerText(), /共 2 个/)
  assert.match(await dialog.innerText(), /460/, 'more households than a grid should have are pointed at')
  await accessible('system')
  await dialog.locator('button[type="submit"]').click()
  await page.getByText('已导入 2 个网格').waitFor()
  const { items } = await system.call('GET', `/api/v1/areas?parent=${village.id}&level=grid&limit=100`)
  assert.deepEqual(items.map((g) => g.name).filter((n) => n.startsWith('测试')).sort(), ['测试第 901 网格', '测试第 902 网格'])
  await accessible('system')
})

/** The six digits of an authenticator at this moment (RFC 6238). */
function digits(secret, moment = Date.now()) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replace(/\s/g, '')].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(moment / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const from = mac[19] & 15
  return String((mac.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('a second factor is enrolled by the picture and asked for from then on', async () => {
  const { page } = at.clerk
  await page.goto('/me')
  await settled(page)
  await page.getByRole('button', { name: '启用', exact: true }).click()
  const picture = page.getByRole('img', { name: '动态口令二维码' })
  await picture.waitFor()
  await page.waitForFunction(() => document.querySelector('img.qr')?.naturalWidth > 0)
  const secret = await page.locator('code.secret').innerText()
  await accessible('clerk')
  await page.getByLabel('6 位数字').fill('000000')
  await page.locator('.error').first().waitFor()
  const used = digits(secret)
  await page.getByLabel('6 位数字').fill(used)
  await page.getByText('已启用').first().waitFor()
  // At the next sign-in the code is asked for; the one just used is worth nothing.
  const again = await browser.newContext({ baseURL: server.base, locale: 'zh-CN' })
  const other = await again.newPage()
  await other.goto('/sign-in')
  await other.locator('input[autocomplete="username"]').fill('clerk')
  await other.locator('input[autocomplete="current-password"]').fill(PASSWORD)
  await other.keyboard.press('Enter')
  const code = other.locator('input[autocomplete="one-time-code"]')
  await code.waitFor()
  assert.deepEqual(await violations(other), [])
  // Kept from above: by now the clock may have moved on to another code, which would be a good one.
  await code.fill(used)
  await other.locator('.error').first().waitFor()
  await code.fill(digits(secret, Date.now() + 30_000))
  await other.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  await again.close()
})
