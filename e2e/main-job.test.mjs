// The main job, from a county's first start to a closed case, by five different people in five browsers.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { launch, person, settled, violations } from './kit/browser.mjs'
import { PASSWORD, populate } from './kit/county.mjs'
import { startCounty } from './kit/server.mjs'

const PEOPLE = [
  { login: 'operator', name: '王晓燕', role: 'operator', unit: 'centre' },
  { login: 'steward', name: '李文清', role: 'steward', unit: 'centre' },
  { login: 'dispatcher', name: '赵立新', role: 'dispatcher', unit: 'centre' },
  { login: 'liaison', name: '孙建军', role: 'liaison', unit: 'cgj' },
  { login: 'supervisor', name: '周明远', role: 'supervisor', unit: 'centre' },
  { login: 'clerk', name: '吴雪梅', role: 'clerk', unit: 'centre' },
  { login: 'other', name: '郑海波', role: 'liaison', unit: 'jtj' },
]

let server
let browser
const at = {}
const matter = {}

before(async () => {
  server = { ...(await startCounty()), password: PASSWORD }
  await populate(server.base, server.log.join(''), PEOPLE)
  browser = await launch()
  for (const one of PEOPLE) at[one.login] = await person(browser, server, one)
})

// What everybody saw last is worth more than a stack trace.
afterEach(async (context) => {
  if (context.passed !== false || !process.env.ONEDOOR_E2E_SHOTS) return
  for (const [who, { page }] of Object.entries(at)) await page.screenshot({ path: `${process.env.ONEDOOR_E2E_SHOTS}/${who}.png` })
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

async function accessible(who) {
  assert.deepEqual(await violations(at[who].page), [], `${who}: no serious violation at ${at[who].page.url()}`)
  assert.deepEqual(at[who].faults.splice(0), [], `${who}: no error in the page`)
}

/** The person's desk lists the matter. */
async function desk(who, path) {
  const { page } = at[who]
  await page.goto(path)
  await settled(page)
  await page.getByText(matter.number).first().waitFor()
  await accessible(who)
}

/** Opens the case page and does one of the actions it offers. */
async function act(who, action, fill = async () => {}) {
  const { page } = at[who]
  await page.goto(`/cases/${matter.id}`)
  await settled(page)
  const panel = page.getByRole('region', { name: '您现在可以' })
  await panel.getByRole('button', { name: action, exact: false, expanded: false }).first().click()
  const form = panel.locator('form')
  await fill(form, page)
  await accessible(who)
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().includes('/actions/')),
    form.locator('button[type="submit"]').press('Enter'),
  ])
  assert.equal(answer.status(), 200, `${who} ${action}: ${await answer.text()}`)
  await settled(page)
  await accessible(who)
}

const choose = (form, field, option) => form.getByRole('group', { name: field }).getByText(option, { exact: true }).click()

async function pick(page, box, words, option) {
  await box.click()
  await box.fill(words)
  await page.getByRole('option', { name: option }).first().click()
}

async function state(who) {
  return at[who].page.evaluate(async (id) => (await (await fetch(`/api/v1/cases/${id}`)).json()).case, matter.id)
}

test('the operator registers a call with the keyboard alone, in under a minute', async () => {
  const { page } = at.operator
  await page.goto('/register/hotline')
  await settled(page)
  const began = Date.now()
  await page.keyboard.type('13893801234')
  await page.keyboard.press('Enter')
  await page.keyboard.type('刘桂兰')
  while (!(await page.evaluate(() => document.activeElement.tagName === 'TEXTAREA'))) await page.keyboard.press('Tab')
  await page.keyboard.type('永清镇中山路菜市场门口的路灯坏了三天，晚上买菜看不见路，昨天有老人摔了一跤，希望尽快修好。')
  await accessible('operator')
  await page.keyboard.press('Control+Enter')
  await page.getByText('登记成功').waitFor()
  assert.ok(Date.now() - began < 60_000)
  const [number, code] = await page.locator('.big.num').allInnerTexts()
  assert.match(number, /^620521-\d{8}-\d{4}$/)
  assert.ok(code.length >= 6, 'a check code for the caller')
  matter.number = number
  matter.id = (await page.getByRole('link', { name: '打开这一件' }).getAttribute('href')).split('/').pop()
  await accessible('operator')
  assert.equal((await state('operator')).state, 'received')
})

test('the steward verifies it: what, where, how urgent', async () => {
  await desk('steward', '/desk/cleaning')
  await act('steward', '核实', async (form, page) => {
    await pick(page, form.getByLabel('事项分类'), '路灯', /路灯/)
    await choose(form, '紧急程度', '一般')
    const place = form.getByRole('group', { name: '地点' })
    await place.getByRole('textbox').first().fill('中山路菜市场门口')
    await pick(page, place.getByRole('combobox'), '永清', /永清镇/)
  })
  assert.equal((await state('steward')).state, 'verified')
})

test('the dispatcher sends it to the unit', async () => {
  await desk('dispatcher', '/desk/dispatch')
  await act('dispatcher', '派单', async (form, page) => {
    await pick(page, form.getByLabel('主办单位'), '城管', /城管|城市管理/)
    const reason = form.getByLabel('理由')
    if (await reason.count()) await reason.fill('路灯由城管局维护。')
  })
  assert.equal((await state('dispatcher')).state, 'dispatched')
})

test('another unit does not see it', async () => {
  const { page } = at.other
  const status = await page.evaluate(async (id) => (await fetch(`/api/v1/cases/${id}`)).status, matter.id)
  assert.equal(status, 404)
  await page.goto('/desk/unit')
  await settled(page)
  assert.equal(await page.getByText(matter.number).count(), 0)
  await accessible('other')
})

test('the liaison signs, arrives and answers; the phone number stays masked', async () => {
  await desk('liaison', '/desk/unit')
  await act('liaison', '签收')
  await act('liaison', '到场')
  const { page } = at.liaison
  assert.equal(await page.getByText('13893801234').count(), 0, 'the phone number is masked')
  await act('liaison', '答复', async (form) => {
    await form.getByLabel('答复内容').fill('已更换路灯灯头两盏，今晚恢复照明，并对整条路逐盏检查。')
    await choose(form, '办理结果', '已解决')
    await choose(form, '提交审核', '答复并提交审核')
  })
  assert.equal((await state('liaison')).state, 'under_review')
})

test('the supervisor reviews the answer, not the one who gave it', async () => {
  await desk('supervisor', '/desk/review')
  await act('supervisor', '审核通过')
  assert.equal((await state('supervisor')).state, 'callback')
})

test('the clerk calls back and the case closes with its evidence', async () => {
  await desk('clerk', '/desk/callback')
  await act('clerk', '回访', async (form) => {
    await choose(form, '问题是否解决', '已解决')
    await choose(form, '是否满意', '非常满意')
  })
  if ((await state('clerk')).open) await act('clerk', '办结')
  const closed = await state('clerk')
  assert.equal(closed.open, false)
  assert.equal(closed.state, 'closed')
})

test('the story tells every step and the log verifies', async () => {
  const { page } = at.operator
  await page.goto(`/cases/${matter.id}`)
  await settled(page)
  const story = await page.locator('main').innerText()
  for (const name of ['王晓燕', '李文清', '赵立新', '孙建军', '周明远', '吴雪梅']) assert.ok(story.includes(name), `${name} stands in the story`)
  await accessible('operator')
  await server.run(['verify-log'])
})
