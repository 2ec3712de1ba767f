import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import en from '@/shared/i18n/en'
import zh from '@/shared/i18n/zh'

type Tree = { [key: string]: Tree | string }

const flat = (tree: Tree, prefix = ''): Map<string, string> => {
  const out = new Map<string, string>()
  for (const [k, v] of Object.entries(tree)) {
    if (typeof v === 'string') out.set(prefix + k, v)
    else for (const [kk, vv] of flat(v, `${prefix}${k}.`)) out.set(kk, vv)
  }
  return out
}
const ZH = flat(zh as unknown as Tree)
const EN = flat(en as unknown as Tree)

const files = (folder: string, end: RegExp): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return name === 'tests' ? [] : files(path, end)
    return end.test(name) ? [path] : []
  })

const root = join(__dirname, '..', '..')
const doc = JSON.parse(readFileSync(join(root, 'openapi', 'onedoor.json'), 'utf8')) as { components: { schemas: Record<string, { enum?: string[] }> } }
const words = (schema: string) => doc.components.schemas[schema]?.enum ?? []

describe('the words of the console', () => {
  it('hold the same keys in both languages', () => {
    expect([...EN.keys()].filter((k) => !ZH.has(k))).toEqual([])
    expect([...ZH.keys()].filter((k) => !EN.has(k))).toEqual([])
  })

  it('take the same parameters in both languages', () => {
    const params = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join()
    expect([...ZH].filter(([k, v]) => params(v) !== params(EN.get(k) ?? '')).map(([k]) => k)).toEqual([])
  })

  it('leave nothing empty, and no Chinese in the English ones', () => {
    expect([...ZH, ...EN].filter(([, v]) => !v.trim()).map(([k]) => k)).toEqual([])
    expect([...EN].filter(([, v]) => /[\u4e00-\u9fff]/.test(v)).map(([k]) => k)).toEqual([])
  })

  it('are there for every key that the sources ask for', () => {
    const asked = new Set<string>()
    for (const path of files(join(__dirname, '..', 'src'), /\.(vue|ts)$/)) {
      const text = readFileSync(path, 'utf8')
      for (const m of text.matchAll(/\bt\(\s*'([a-z_0-9]+(?:\.[a-z_0-9]+)+)'/g)) asked.add(m[1]!)
      for (const m of text.matchAll(/label: '([a-z_]+\.[a-z_]+)'/g)) asked.add(m[1]!)
    }
    expect(asked.size).toBeGreaterThan(300)
    expect([...asked].filter((k) => !ZH.has(k))).toEqual([])
  })

  it('name every word that the API document lists', () => {
    const groups: [string, string][] = [
      ['kind', 'CaseKind'],
      ['channel', 'Channel'],
      ['urgency', 'Urgency'],
      ['confidentiality', 'Confidentiality'],
      ['resolution_class', 'ResolutionClass'],
      ['span', 'TimeUnit'],
      ['role', 'Role'],
      ['home.desk', 'Desk'],
    ]
    for (const [group, schema] of groups) {
      expect(words(schema).length, schema).toBeGreaterThan(1)
      const key = (w: string) => (group === 'home.desk' ? `home.desk_${w}` : `${group}.${w}`)
      expect(words(schema).filter((w) => !ZH.has(key(w))), schema).toEqual([])
    }
    expect(words('Permission').filter((p) => p !== 'session.own' && !ZH.has(`permission.${p}`))).toEqual([])
  })
})

/** The words of a Rust list `Name { Variant = "word" }`. */
function rustWords(path: string, name: string): string[] {
  const text = readFileSync(path, 'utf8')
  const body = new RegExp(`\\b${name}(?:, "[a-z ]+")? \\{([\\s\\S]*?)\\n    \\}`).exec(text)?.[1] ?? ''
  return [...body.matchAll(/= "([a-z_0-9]+)"/g)].map((m) => m[1]!)
}

describe('what the server can say', () => {
  const crates = join(root, 'crates')
  const lifecycle = join(crates, 'rules', 'src', 'lifecycle', 'words.rs')

  it.skipIf(!existsSync(lifecycle))('has words for every state, action, ending and clock', () => {
    const lists: [string, string][] = [
      ['CaseState', 'state'],
      ['OrderState', 'order_state'],
      ['CaseAction', 'action'],
      ['Ending', 'ended_as'],
      ['ClockKind', 'clock'],
      ['OverlayKind', 'waiting'],
      ['Part', 'part'],
    ]
    for (const [name, group] of lists) {
      const found = rustWords(lifecycle, name)
      expect(found.length, name).toBeGreaterThan(1)
      expect(found.filter((w) => !ZH.has(`${group}.${w}`)), name).toEqual([])
    }
  })

  it.skipIf(!existsSync(crates))('tells every event of a case in a sentence', () => {
    const kinds = new Set<string>()
    for (const path of [join(crates, 'cases', 'src'), join(crates, 'rules', 'src', 'lifecycle')].flatMap((f) => files(f, /\.rs$/))) {
      const text = readFileSync(path, 'utf8').split('#[cfg(test)]')[0]!
      for (const m of text.matchAll(/"((?:case|clock)\.[a-z_]+)"/g)) kinds.add(m[1]!)
    }
    const events = [...kinds].filter((k) => !ZH.has(`error.${k}`) && !ZH.has(`permission.${k}`))
    expect(events.length).toBeGreaterThan(40)
    expect(events.filter((k) => !ZH.has(`timeline.${k}`)).sort()).toEqual([])
    expect(events.filter((k) => !ZH.has(`event.${k}`)).sort()).toEqual([])
  })

  it.skipIf(!existsSync(crates))('has words for every error code', () => {
    // Codes stand as dotted strings behind an arrow, in a refusal or beside a field.
    const sources = ['rules', 'people', 'territory', 'cases', 'store'].flatMap((c) => files(join(crates, c, 'src'), /\.rs$/)).concat(files(join(crates, 'onedoor', 'src', 'edge'), /\.rs$/))
    const codes = new Set<string>()
    for (const path of sources) {
      const text = readFileSync(path, 'utf8').split('#[cfg(test)]')[0]!
      for (const m of text.matchAll(/(?:=> |code: |Refused\(|Refusal::new\(|refuse\(|Problem::new\(|\.field\([^()]*, |CaseError::field\([^()]*, |Err\()"([a-z_]+(?:\.[a-z_0-9]+)+)"/g)) codes.add(m[1]!)
    }
    // Names of events, settings, permissions and tables are no errors.
    const notErrors = /^(case|account|unit|area|rules|ended|event|head|log|part|stream|tile|database|clock|search|guardian|start|tree|lookup)\.(?!not_found|wrong_state|suspended$|not_suspended|not_your_order|own_refused|taken|unknown|bad_\w+|circle|centre_\w+|handover_failed|no_centre|not_active|own_successor|not_yet|one_time|disabled_\w+|retired_\w+|empty|too_long|unreadable)/
    const wanted = [...codes].filter((c) => !notErrors.test(c) && !['supervision.read', 'overview.read'].includes(c) && !/\.(manage|read|grant|secure|export|verify|own|use|lookup|erase)$/.test(c))
    expect(wanted.length).toBeGreaterThan(100)
    expect(wanted.filter((c) => !ZH.has(`error.${c}`)).sort()).toEqual([])
  })
})
