import { afterEach, describe, expect, it, vi } from 'vitest'
import { onFormKey, stops } from '@/shared/lib/form'
import { match, pressName, type Shortcut } from '@/shared/lib/keys'

const key = (k: string, over: Partial<KeyboardEvent> = {}) => ({ key: k, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...over })
const shortcut = (keys: string, always = false): Shortcut => ({ keys, label: keys, run: () => {}, always })

describe('shortcuts', () => {
  it('have one name for a press on every machine', () => {
    expect(pressName(key('k', { ctrlKey: true }))).toBe('Ctrl+K')
    expect(pressName(key('k', { metaKey: true }))).toBe('Ctrl+K')
    expect(pressName(key('?', { shiftKey: true }))).toBe('?')
    expect(pressName(key('Enter', { shiftKey: true }))).toBe('Shift+Enter')
    expect(pressName(key('n', { altKey: true }))).toBe('Alt+N')
  })

  it('leave typing alone, except those that say so', () => {
    const list = [shortcut('j'), shortcut('Ctrl+K', true)]
    expect(match(list, 'j', 0, true)).toBeUndefined()
    expect(match(list, 'j', 0, false)?.keys).toBe('j')
    expect(match(list, 'Ctrl+K', 0, true)?.keys).toBe('Ctrl+K')
  })

  it('of two keys need the second one soon', () => {
    const list = [shortcut('g then c'), shortcut('c')]
    expect(match(list, 'g', 0, false)).toBeUndefined()
    expect(match(list, 'c', 300, false)?.keys).toBe('g then c')
    expect(match(list, 'g', 1000, false)).toBeUndefined()
    expect(match(list, 'c', 3000, false)?.keys).toBe('c')
  })
})

describe('Enter in a form', () => {
  afterEach(() => void (document.body.innerHTML = ''))
  function form() {
    document.body.innerHTML = `<form><input id="a"><input type="radio" name="k" id="r1"><input type="radio" name="k" id="r2" checked><textarea id="t"></textarea><input id="off" disabled><input id="b"><button type="submit" id="go"></button></form>`
    return document.querySelector('form')!
  }
  const press = (f: HTMLFormElement, at: string, send: () => void, over: KeyboardEventInit = {}) => {
    const el = f.querySelector<HTMLElement>(`#${at}`)!
    el.focus()
    const e = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...over })
    f.addEventListener('keydown', (x) => onFormKey(x, send), { once: true })
    el.dispatchEvent(e)
    return e
  }

  it('visits every field once, a group of radio buttons at its chosen one', () => {
    expect(stops(form()).map((el) => el.id)).toEqual(['a', 'r2', 't', 'b', 'go'])
  })

  it('goes on to the next field', () => {
    const f = form()
    press(f, 'a', () => {})
    expect(document.activeElement?.id).toBe('r2')
    press(f, 'b', () => {})
    expect(document.activeElement?.id).toBe('go')
  })

  it('makes a new line in a long text, and sends from anywhere with Ctrl', () => {
    const f = form()
    const send = vi.fn()
    expect(press(f, 't', send).defaultPrevented).toBe(false)
    expect(send).not.toHaveBeenCalled()
    press(f, 't', send, { ctrlKey: true })
    expect(send).toHaveBeenCalledOnce()
  })

  it('belongs to the input method while a Chinese word is being composed', () => {
    const f = form()
    press(f, 'a', () => {}, { isComposing: true })
    expect(document.activeElement?.id).toBe('a')
  })
})
