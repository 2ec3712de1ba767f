/** The present value of a design token, for what is drawn outside CSS (maps, charts). */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
