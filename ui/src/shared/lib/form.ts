/** Enter goes on: from a one-line field to the next one; on the last one the form is sent. Ctrl+Enter sends from anywhere. */
export function onFormKey(e: KeyboardEvent, send: () => void) {
  if (e.key !== 'Enter' || e.isComposing || e.defaultPrevented) return
  const target = e.target as HTMLElement
  const form = (e.currentTarget as HTMLElement).closest('form') ?? (e.currentTarget as HTMLElement)
  if (e.ctrlKey || e.metaKey) {
    e.preventDefault()
    send()
    return
  }
  // A text of its own keeps Enter for a new line; where it is one field among many, Shift+Enter does that.
  const goesOn = target.tagName === 'TEXTAREA' && target.dataset.enter === 'next' && !e.shiftKey
  if ((target.tagName === 'TEXTAREA' && !goesOn) || target.tagName === 'BUTTON' || target.tagName === 'A') return
  e.preventDefault()
  const fields = stops(form)
  const next = fields[fields.indexOf(target) + 1]
  if (next) focusField(next)
  else send()
}

/** The fields and the submit button, in the order Tab would visit them. */
export function stops(form: HTMLElement): HTMLElement[] {
  const all = form.querySelectorAll<HTMLElement>('input, select, textarea, button[type="submit"]')
  const seen = new Set<string>()
  return [...all].filter((el) => {
    if ((el as HTMLInputElement).disabled || el.closest('[hidden]') || el.tabIndex < 0) return false
    const radio = el as HTMLInputElement
    if (radio.type !== 'radio') return true
    // One stop per radio group: the chosen one, otherwise the first.
    if (seen.has(radio.name)) return false
    const group = [...form.querySelectorAll<HTMLInputElement>(`input[type="radio"][name="${radio.name}"]`)]
    const chosen = group.find((r) => r.checked) ?? group[0]
    if (chosen !== radio) return false
    seen.add(radio.name)
    return true
  })
}

function focusField(el: HTMLElement) {
  el.focus()
  if (el instanceof HTMLInputElement && el.type !== 'radio' && el.type !== 'checkbox') el.select()
}

/** Puts the focus on the first field that was refused. */
export function focusFirstError(form: HTMLElement | null | undefined) {
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
}
