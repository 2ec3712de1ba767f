// What clerks do with many cases and with their own things: several at once, saved views, drafts, files, dates.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { launch, person, settled, violations } from './kit/browser.mjs'
import { PASSWORD, populate, signedIn } from './kit/county.mjs'
import { startCounty } from './kit/server.mjs'

const PEOPLE = [
  { login: 'operator', name: '王晓燕', role: 'operator', unit: 'centre' },
  { login: 'steward', name: '李文清', role: 'steward', unit: 'centre' },
  { login: 'dispatcher', name: '赵立新', role: 'dispatcher', unit: 'centre' },
  { login: 'supervisor', name: '周明远', role: 'supervisor', unit: 'centre' },
  { login: 'liaison', name: '孙建军', role: 'liaison', unit: 'cgj' },
]

let server
let browser
let town
const at = {}
const cases = []

before(async () => {
  server = { ...(await startCounty()), password: PASSWORD }
  await populate(server.base, server.log.join(''), PEOPLE)
  browser = await launch()
  for (const one of PEOPLE) at[one.login] = await person(browser, server, one)
  const operator = await signedIn(server.base, 'operator')
  town = (await operator.call('GET', '/api/v1/areas?level=town&limit=1')).items[0]
  // Three matters about street lamps: the third says neither its category nor its place.
  for (const [n, whole] of [[1, true], [2, true], [3, false]]) {
    const more = whole ? { category: await lamps(operator), place: { text: `中山路 ${n} 号`, area_id: town.id } } : {}
    cases.push(await operator.call('POST', '/api/v1/cases', { kind: 'request', channel: 'hotline', title: `路灯第 ${n} 盏不亮`, detail: `中山路第 ${n} 盏路灯不亮。`, reporters: [{ phone: `1389380000${n}` }], ...more }))
  }
})

afterEach(async (context) => {
  if (context.passed !== false || !process.env.ONEDOOR_E2E_SHOTS) return
  for (const [who, { page }] of Object.entries(at)) await page.screenshot({ path: `${process.env.ONEDOOR_E2E_SHOTS}/desks-${who}.png` })
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

async function lamps(caller) {
  const { categories } = await caller.call('GET', '/api/v1/catalogue')
  return categories.find((c) => c.zh.includes('路灯') || c.zh.includes('照明')).code
}

async function open(who, path) {
  const { page } = at[who]
  await page.goto(path)
  await settled(page)
  return page
}

async function accessible(who) {
  assert.deepEqual(await violations(at[who].page), [], `${who}: no serious violation at ${at[who].page.url()}`)
  assert.deepEqual(at[who].faults.splice(0), [], `${who}: no error in the page`)
}

const state = (who, id) => at[who].page.evaluate(async (one) => (await (await fetch(`/api/v1/cases/${one}`)).json()).case.state, id)

/** Does a deed to all chosen rows and gives what the dialog says of each. */
async function bulk(who, name) {
  const { page } = at[who]
  await page.getByRole('region', { name: '批量办理' }).getByRole('button', { name }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('可以办', { exact: false }).first().waitFor()
  await accessible(who)
  await dialog.locator('button[type="submit"], .btn-primary').first().click()
  await dialog.getByText('办成', { exact: false }).waitFor()
  await accessible(who)
  const said = await dialog.getByRole('list', { name: '逐件结果' }).getByRole('listitem').allInnerTexts()
  await dialog.getByRole('button', { name: '关闭' }).last().click()
  return said
}

test('a draft that was never sent stands there again after the page was lost', async () => {
  const page = await open('operator', '/register/hotline')
  await page.locator('input[type="tel"]').fill('13893809999')
  await page.locator('textarea').fill('楼道灯坏了一个星期，老人上下楼看不见。')
  await page.getByText('草稿已保存').waitFor()
  await page.reload()
  await settled(page)
  assert.equal(await page.locator('textarea').inputValue(), '楼道灯坏了一个星期，老人上下楼看不见。')
  await page.getByText('已恢复上次没提交的内容').waitFor()
  await accessible('operator')
  await page.getByRole('button', { name: '清空重写' }).click()
  assert.equal(await page.locator('textarea').inputValue(), '')
})

test('the steward verifies several by the keyboard; what lacks something is left alone and says what', async () => {
  const page = await open('steward', '/desk/cleaning?view=list')
  await page.locator('tbody a').first().waitFor()
  assert.equal(await page.locator('tbody tr').count(), 3)
  // The first row by Space, to the last by Shift and Space.
  await page.keyboard.press('j')
  await page.keyboard.press('Space')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Shift+Space')
  await page.getByText('已选 3 件').waitFor()
  await accessible('steward')
  const said = await bulk('steward', '批量核实')
  assert.equal(said.length, 3, 'every row has its outcome')
  const left = said.find((line) => line.includes('第 3 盏'))
  assert.match(left, /缺少/, left)
  assert.equal(said.filter((line) => line.includes('已办')).length, 2)
  assert.deepEqual(await Promise.all(cases.map((c) => state('steward', c.id))), ['verified', 'verified', 'received'])
  await page.locator('tbody tr').nth(0).waitFor()
  assert.equal(await page.locator('tbody tr').count(), 1, 'what is done has left the desk')
})

test('the dispatcher sends several where the rule says', async () => {
  const page = await open('dispatcher', '/desk/dispatch?view=list')
  await page.getByRole('checkbox', { name: '选中全部显示的' }).check()
  const said = await bulk('dispatcher', '按规则派单')
  assert.equal(said.filter((line) => line.includes('已办')).length, 2, said.join('\n'))
  assert.deepEqual(await Promise.all(cases.map((c) => state('dispatcher', c.id))), ['dispatched', 'dispatched', 'received'])
})

test('the liaison signs several for the unit; what somebody changed meanwhile is refused by name', async () => {
  const page = await open('liaison', '/desk/unit')
  await page.locator('tbody tr').nth(1).waitFor()
  for (const box of await page.locator('tbody input[type="checkbox"]').all()) await box.check()
  // A colleague notes something in one of them after the list was opened.
  const colleague = await signedIn(server.base, 'dispatcher')
  const [first] = cases
  const { case: now } = await colleague.call('GET', `/api/v1/cases/${first.id}`)
  await colleague.call('POST', `/api/v1/cases/${first.id}/actions/add_information`, { version: now.version, text: '群众来电催问。' })
  const said = await bulk('liaison', '批量签收')
  assert.match(said.find((line) => line.includes('第 1 盏')), /有了变化/)
  assert.match(said.find((line) => line.includes('第 2 盏')), /已办/)
  assert.deepEqual(await Promise.all(cases.slice(0, 2).map((c) => state('liaison', c.id))), ['dispatched', 'signed'])
})

test('a saved view is there at another window too, with its filters and columns', async () => {
  const page = await open('supervisor', '/cases?open=true&channel=hotline')
  await page.getByRole('button', { name: '显示列', exact: true }).click()
  await page.getByRole('checkbox', { name: '渠道' }).check()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: '常用视图' }).click()
  await page.getByRole('textbox', { name: '视图名称' }).fill('热线在办')
  const kept = page.waitForResponse((r) => r.url().endsWith('/session/preferences') && r.request().method() === 'PUT' && r.status() === 200)
  await page.getByRole('textbox', { name: '视图名称' }).press('Enter')
  await kept
  await accessible('supervisor')
  const other = await person(browser, server, PEOPLE[3])
  await other.page.goto('/cases')
  await settled(other.page)
  await other.page.getByRole('button', { name: '常用视图' }).click()
  await other.page.getByRole('button', { name: '热线在办', exact: true }).click()
  await other.page.waitForURL(/channel=hotline/)
  await other.page.getByRole('columnheader', { name: '渠道' }).waitFor()
  assert.equal(await other.page.locator('tbody tr').count(), 3)
  // The file holds the columns that are shown.
  await other.page.getByRole('button', { name: '导出' }).click()
  const address = await other.page.getByRole('link', { name: 'CSV' }).getAttribute('href')
  const file = await other.page.evaluate(async (url) => (await fetch(url)).text(), address)
  const [head, ...lines] = file.trim().split('\n')
  assert.match(head, /编号.*渠道/)
  assert.ok(!head.includes('红牌'), head)
  assert.equal(lines.length, 3)
  await other.context.close()
})

/** A picture of one colour, made here. */
function png(side) {
  const chunk = (type, body) => {
    const data = Buffer.concat([Buffer.from(type), body])
    let crc = ~0
    for (const byte of data) {
      crc ^= byte
      for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    }
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length)
    const check = Buffer.alloc(4)
    check.writeUInt32BE(~crc >>> 0)
    return Buffer.concat([length, data, check])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.concat(Array.from({ length: side }, () => Buffer.concat([Buffer.from([0]), Buffer.alloc(side * 3, 120)])))
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

test('a picture is taken up with the case and can be seen', async () => {
  const page = await open('steward', `/cases/${cases[2].id}`)
  await page.locator('input[type="file"]').setInputFiles({ name: '路灯.png', mimeType: 'image/png', buffer: png(64) })
  const picture = page.locator('.files img')
  await picture.waitFor()
  await picture.scrollIntoViewIfNeeded()
  await page.waitForFunction(() => document.querySelector('.files img')?.naturalWidth > 0)
  await page.getByText('路灯.png').waitFor()
  const answer = await page.request.get(await page.locator('.files a').getAttribute('href'))
  assert.equal(answer.headers()['content-type'], 'image/png')
  await accessible('steward')
  // What is no picture is refused in words.
  await page.locator('input[type="file"]').setInputFiles({ name: 'x.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ not a picture') })
  const refused = page.locator('[aria-live] .bad').first()
  await refused.waitFor()
  assert.match(await refused.innerText(), /[\u4e00-\u9fff]/)
})

test('a date is typed or picked, and stands as year, month, day under an English browser too', async () => {
  const { page, context, faults } = await person(browser, server, PEOPLE[2], { language: 'en' })
  await page.evaluate(() => localStorage.setItem('onedoor.language', 'en'))
  await page.goto('/cases')
  await settled(page)
  await page.getByRole('button', { name: 'Filter' }).click()
  const from = page.getByLabel('Registered from')
  await from.fill('2026/1/5')
  await from.press('Tab')
  assert.equal(await from.inputValue(), '2026-01-05')
  await page.getByRole('button', { name: 'Choose a date' }).first().click()
  const calendar = page.getByRole('dialog', { name: 'Choose a date' })
  await calendar.waitFor()
  assert.deepEqual(await violations(page), [])
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  assert.equal(await from.inputValue(), '2026-01-12')
  await from.fill('31/31/2026')
  await from.press('Tab')
  await page.getByText('Write a date like').waitFor()
  assert.deepEqual(faults, [])
  await context.close()
})
