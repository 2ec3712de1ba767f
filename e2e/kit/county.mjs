// A real county from its first start: three administrators with one-time passwords, then units' people, by the API alone.
import { randomUUID } from 'node:crypto'

export const PASSWORD = 'Six blue kettles 42'

/** Somebody who speaks to the API with a session of their own. */
class Caller {
  constructor(base) {
    this.base = base
  }

  async call(method, path, body, headers = {}) {
    const answer = await fetch(this.base + path, {
      method,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        ...(this.cookie ? { cookie: this.cookie, 'x-csrf-token': this.csrf } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const set = answer.headers.get('set-cookie')
    if (set) this.cookie = set.split(';')[0]
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    const value = text ? JSON.parse(text) : undefined
    if (value?.csrf) this.csrf = value.csrf
    return value
  }

  /** Signs in with a one-time password and sets the lasting one. */
  async begin(login, oneTime) {
    await this.call('POST', '/api/v1/session', { login, password: oneTime })
    await this.call('POST', '/api/v1/session/password', { current: oneTime, password: PASSWORD })
    return this
  }
}

export async function signedIn(base, login) {
  const caller = new Caller(base)
  await caller.call('POST', '/api/v1/session', { login, password: PASSWORD })
  return caller
}

/** What the first start printed: login → one-time password. */
function oneTimePasswords(log) {
  const found = {}
  for (const [, login, password] of log.matchAll(/^ {2}(system|security|audit)\s+(\S+)/gm)) found[login] = password
  return found
}

/** A county on a day after the calendar that the program ships: weekends are all that the tests need of the years ahead. */
async function reachNextYear(system) {
  const { version, text, reach } = await system.call('GET', '/api/v1/rule-sets/calendar')
  const [last, needed] = [Number(reach.loaded_until.slice(0, 4)), new Date().getUTCFullYear() + 1]
  const years = Array.from({ length: Math.max(0, needed - last) }, (_, i) => last + 1 + i)
  if (!years.length) return
  const lines = years.map((year) => `provisional,${year}\n${year}-01-01,holiday,元旦\n`)
  await system.call('POST', '/api/v1/rule-sets/calendar', { version, text: `${text}\n${lines.join('')}`, note: '测试用' })
}

/**
 * Gives the county its people.
 * @param {{login: string, name: string, role: string, unit: string}[]} wanted `unit` is a unit's code
 */
export async function populate(base, log, wanted) {
  const passwords = oneTimePasswords(log)
  const system = await new Caller(base).begin('system', passwords.system)
  const security = await new Caller(base).begin('security', passwords.security)
  await new Caller(base).begin('audit', passwords.audit)
  await reachNextYear(system)
  const units = (await system.call('GET', '/api/v1/units?limit=100')).items
  for (const { login, name, role, unit } of wanted) {
    const home = units.find((one) => one.code === unit || one.kind === unit)
    if (!home) throw new Error(`no unit ${unit} among ${units.map((one) => one.code)}`)
    const made = await system.call('POST', '/api/v1/accounts', { login, name, unit_id: home.id })
    const { id, version } = made.account
    await security.call('PUT', `/api/v1/accounts/${id}/grants`, { version, grants: [{ role }] })
    await new Caller(base).begin(login, made.one_time_password)
  }
  return units
}
