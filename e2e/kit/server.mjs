// A server of our own: a demo county in a throw-away folder, on a free port, ended when the tests end.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const binary = resolve(process.env.ONEDOOR_BINARY ?? join(import.meta.dirname, '../../target/debug/onedoor'))
const FIRST_START_SECONDS = 600

function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer()
    probe.on('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

async function ready(base, child, log) {
  const until = Date.now() + FIRST_START_SECONDS * 1000
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${log.join('')}`)
    const answer = await fetch(`${base}/readyz`).catch(() => null)
    if (answer?.ok) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`the server is not ready after ${FIRST_START_SECONDS} s:\n${log.join('')}`)
}

function run(args, env, log) {
  return new Promise((done, failed) => {
    const child = spawn(binary, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => log.push(String(chunk)))
    child.on('error', failed)
    child.on('exit', (code) => (code === 0 ? done() : failed(new Error(`onedoor ${args.join(' ')}:\n${log.join('')}`))))
  })
}

function freshFolder() {
  return mkdtempSync(join(tmpdir(), 'onedoor-e2e-'))
}

async function serve(data, args, before = async () => {}) {
  const port = await freePort()
  const env = { ...process.env, ONEDOOR_DATA: data, ONEDOOR_LISTEN: `127.0.0.1:${port}`, ONEDOOR_DATABASE_URL: '' }
  const log = []
  await before(env, log)
  const child = spawn(binary, ['serve', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => log.push(String(chunk)))
  const base = `http://127.0.0.1:${port}`
  await ready(base, child, log)
  const stop = () =>
    new Promise((done) => {
      child.on('exit', () => {
        rmSync(data, { recursive: true, force: true })
        done()
      })
      child.kill('SIGTERM')
    })
  return { base, data, log, stop, run: (args) => run(args, env, []) }
}

/** A real county at its first start, with the divisions that the repository ships. */
export function startCounty() {
  const data = freshFolder()
  const shipped = (name) => join(import.meta.dirname, '../../data/divisions', name)
  const divisions = ['import', 'divisions', '--towns', shipped('620521-towns.csv'), '--villages', shipped('620521-villages.csv')]
  return serve(data, [], (env, log) => run(divisions, env, log))
}

/**
 * Makes the demo county with so many matters and serves it; `accounts` have login, role, unit and name.
 */
export async function startDemo({ matters = 240, days = 90 } = {}) {
  const data = freshFolder()
  const make = ['demo', '--matters', String(matters), '--days', String(days)]
  const server = await serve(data, ['--demo'], (env, log) => run(make, env, log))
  const { password, accounts } = JSON.parse(readFileSync(join(data, 'accounts.json'), 'utf8'))
  return { ...server, password, accounts }
}
