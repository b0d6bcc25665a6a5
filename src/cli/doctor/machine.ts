import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { failed, passed, type Row } from './row.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 10_000

interface Tool {
  readonly check: string
  readonly command: string
  /** The oldest version that will do. */
  readonly least: readonly [major: number, minor: number]
  readonly purpose: string
}

/** 2.31 reads its configuration from the environment, which keeps tokens out of command lines and files. */
const GIT: Tool = {
  check: 'git',
  command: 'git',
  least: [2, 31],
  purpose: 'reads repositories',
}

const PYTHON: Tool = {
  check: 'python3',
  command: 'python3',
  least: [3, 8],
  purpose: 'runs scoring scripts in the embedded workspace',
}

const NODE: readonly [number, number] = [22, 22]

/** What this machine must have. Python is for the embedded workspace only. */
export async function machineRows(needsPython: boolean): Promise<readonly Row[]> {
  const tools = needsPython ? [GIT, PYTHON] : [GIT]
  return [nodeRow(process.versions.node), ...(await Promise.all(tools.map(toolRow)))]
}

function nodeRow(version: string): Row {
  if (isAtLeast(version, NODE)) return passed('node', version)
  return failed(
    'node',
    `${version} is too old`,
    'Install Node.js 22.22 or newer, or start by `npm run -s verdigris`.',
  )
}

async function toolRow({ check, command, least, purpose }: Tool): Promise<Row> {
  const wanted = least.join('.')
  const said = await run(command, ['--version'], { timeout: TIMEOUT_MS }).catch(() => undefined)
  if (said === undefined)
    return failed(check, `${command} is not there`, `Install ${command} ${wanted}: it ${purpose}.`)
  const version = /(?<!\d)\d+\.\d+(?:\.\d+)?/.exec(said.stdout)?.[0] ?? ''
  if (isAtLeast(version, least)) return passed(check, version)
  return failed(check, `${version || said.stdout.trim()} is too old`, `Install ${wanted} or newer.`)
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [haveMajor = 0, haveMinor = 0] = version.split('.').map(Number)
  return haveMajor > major || (haveMajor === major && haveMinor >= minor)
}
