/** Runs a question after a pause in the typing; `alive()` tells whether a newer one has overtaken it. */
export function latest<A>(run: (arg: A, alive: () => boolean) => unknown, wait = 200): (arg: A) => void {
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  return (arg) => {
    const mine = (turn += 1)
    clearTimeout(timer)
    timer = setTimeout(() => void run(arg, () => mine === turn), wait)
  }
}
