/** Puts the focus on something and shows it there: browsers show that of a button or a file only to those who came by keyboard. */
export function showFocus(el: HTMLElement | null | undefined): void {
  if (!el) return
  el.dataset.focus = ''
  el.addEventListener('blur', () => delete el.dataset.focus, { once: true })
  el.focus()
}
