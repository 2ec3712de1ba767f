/** What a county may set: its name, emblem and main colour; nothing else. */
export interface Brand {
  name_zh: string
  name_en: string
  county_zh: string
  county_en: string
  emblem: string
  color: string
}

export const DEFAULT_BRAND: Brand = {
  name_zh: '一扇门',
  name_en: 'OneDoor',
  county_zh: '',
  county_en: '',
  emblem: '/emblem.svg',
  color: '#1a5fb4',
}

type Rgb = [number, number, number]

const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [0, 0, 0]
const DARK_SURFACE: Rgb = [26, 32, 40]

function parse(hex: string): Rgb | undefined {
  const m = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex.trim())
  return m ? [parseInt(m[1]!, 16), parseInt(m[2]!, 16), parseInt(m[3]!, 16)] : undefined
}

const mix = (a: Rgb, b: Rgb, part: number): Rgb => a.map((v, i) => Math.round(v + (b[i]! - v) * part)) as Rgb
const print = (c: Rgb) => `#${c.map((v) => v.toString(16).padStart(2, '0')).join('')}`

function luminance(c: Rgb): number {
  const [r, g, b] = c.map((v) => {
    const s = v / 255
    return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4
  }) as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Contrast of two colours after WCAG 2. */
export function contrast(a: Rgb, b: Rgb): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (hi + 0.05) / (lo + 0.05)
}

/** Moves a colour towards black or white until text in it reads on the ground (4.5:1). */
function legible(c: Rgb, ground: Rgb, towards: Rgb): Rgb {
  let out = c
  for (let part = 0; part <= 1 && contrast(out, ground) < 4.8; part += 0.05) out = mix(c, towards, part)
  return out
}

/** The tints of a main colour, readable on the ground of the theme. An unreadable colour gives the default. */
export function tints(color: string, dark: boolean): Record<string, string> {
  const base = parse(color) ?? parse(DEFAULT_BRAND.color)!
  const main = dark ? legible(base, DARK_SURFACE, WHITE) : legible(base, WHITE, BLACK)
  return {
    '--brand': print(main),
    '--brand-strong': print(mix(main, dark ? WHITE : BLACK, 0.2)),
    '--brand-soft': print(mix(main, dark ? DARK_SURFACE : WHITE, dark ? 0.78 : 0.9)),
    '--focus': print(main),
  }
}

export function applyTints(color: string, dark: boolean, root: HTMLElement = document.documentElement) {
  for (const [name, value] of Object.entries(tints(color, dark))) root.style.setProperty(name, value)
}
