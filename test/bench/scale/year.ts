import type { Files } from '../../support/commits.ts'
import { type Bench, type Figure, figure, HOUR_MS, MINUTE_MS } from './figure.ts'
import { type Fleet, fleetFiles, nameOf, openFleet, UNLIMITED } from './fleet.ts'
import { keptBy } from './heap.ts'

/** A year of a fleet: ten rollouts a day, each of another endpoint, and every night the process dies. */

const ROLLOUTS_A_DAY = 10
const DAYS_A_MONTH = 30
const MONTHS = 12
const BETWEEN_MS = (24 * HOUR_MS) / ROLLOUTS_A_DAY
/** Of a look at rest. */
const INTERVAL_MS = 30 * MINUTE_MS

/** What one month came to. */
interface Month {
  /** Milliseconds of CPU, of every look. */
  readonly looks: readonly number[]
  /** Bytes that the controller kept at its end, a day after its start. */
  readonly kept: number
}

/**
 * Both months are played side by side, day by day, the second one of a younger fleet: a machine that is busy for an hour is so
 * for both.
 */
async function year(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const fleet = await openAging(size, isSabotaged)
  for (let month = 1; month < MONTHS; month += 1) told(month, await monthOf(fleet))
  const young = await openAging(size, isSabotaged)
  await monthOf(young)
  const looks: number[] = []
  const looksOfYoung: number[] = []
  for (let day = 0; day < DAYS_A_MONTH; day += 1) {
    looks.push(...(await fleet.day()))
    looksOfYoung.push(...(await young.day()))
  }
  const last = told(MONTHS, { looks, kept: await fleet.kept() })
  const second = told(2, { looks: looksOfYoung, kept: await young.kept() })
  const slower = share(last.looks, 0.99) / share(second.looks, 0.99)
  return [
    figure(`kept in month 12 ÷ month 2, ${size} endpoints`, last.kept / second.kept, 1.02, '×'),
    figure('p99 CPU of a look in month 12 ÷ month 2', slower, 1.02, '×'),
  ]
}

/** A fleet that grows older. */
interface Aging {
  /** Milliseconds of CPU of each look of the next day, which begins with a new process. */
  day(): Promise<readonly number[]>
  /** Ends the controller, and says how many bytes it kept. */
  kept(): Promise<number>
}

async function openAging(size: number, isSabotaged: boolean): Promise<Aging> {
  const fleet = await openFleet({ size, isInstant: true, limits: UNLIMITED })
  const before = fleetFiles(size)
  const builds = Array.from({ length: ROLLOUTS_A_DAY }, () => 0)
  const leak: unknown[] | undefined = isSabotaged ? [] : undefined
  let age = 0
  return {
    async day() {
      age += 1
      fleet.restart()
      const looks: number[] = []
      for (const place of builds.keys()) {
        builds[place] = age
        fleet.commits.commit(fleetAt(before, builds))
        const reports = await looksFor(fleet, BETWEEN_MS, looks)
        leak?.push(copies(reports, Math.ceil(age / DAYS_A_MONTH)))
        await checkServing(fleet, place, String(age))
      }
      return looks
    },
    kept: () => keptBy(fleet, leak),
  }
}

async function monthOf(fleet: Aging): Promise<Month> {
  const looks: number[] = []
  for (let day = 0; day < DAYS_A_MONTH; day += 1) looks.push(...(await fleet.day()))
  return { looks, kept: await fleet.kept() }
}

function copies(reports: readonly unknown[], count: number): readonly unknown[] {
  return Array.from({ length: count }, () => structuredClone(reports))
}

/** Milliseconds of CPU of this thread: those that collect garbage work for the workspace, which grows, as well. */
async function threadCpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** The looks of so much time; the clock stands at its end afterwards. */
async function looksFor(fleet: Fleet, ms: number, looks: number[]): Promise<readonly unknown[]> {
  const { clock } = fleet.world.sandbox
  const endsAt = clock.now() + ms
  const reports: unknown[] = []
  while (clock.now() < endsAt) {
    const most = Math.min(INTERVAL_MS, endsAt - clock.now())
    looks.push(await threadCpuOf(async () => reports.push(await fleet.turn(1_000, most))))
  }
  return reports
}

/** The fleet, of which some endpoints have a Rollout; of each the build that it is to serve. */
function fleetAt(before: Files, builds: readonly number[]): Files {
  const files: Record<string, string> = { ...before }
  for (const [place, build] of builds.entries()) {
    delete files[`${nameOf(place)}/blue.yml`]
    files[`${nameOf(place)}/endpoint.yml`] = endpointFile(nameOf(place))
    files[`${nameOf(place)}/rollout.yml`] = rolloutFile(nameOf(place), build)
  }
  return files
}

function endpointFile(name: string): string {
  return `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
name: ${name}
auth_mode: key
`
}

function rolloutFile(name: string, build: number): string {
  return `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: ${name} }
spec:
  endpoint: ${name}
  template:
    model: azureml:fleet:1
    environment: azureml:fleet:1
    code_configuration: { code: ../src, scoring_script: score.py }
    instance_type: Standard_DS3_v2
    instance_count: 1
    environment_variables: { BUILD: "${build}" }
  strategy:
    canary:
      steps: [{ setWeight: 20 }, { pause: { duration: 10m } }, { setWeight: 50 }, { pause: { duration: 10m } }]
  bake: 30m
  keep: { for: 30m }
  deadline: 2h
`
}

/** Throws where the deployment that has the traffic is of another build. */
async function checkServing({ world }: Fleet, place: number, build: string): Promise<void> {
  const path = `onlineEndpoints/${nameOf(place)}`
  const { properties } = await bodyAt(world, path)
  const [slot] = Object.entries(properties.traffic ?? {}).find(([, weight]) => weight === 100) ?? []
  const serving = await bodyAt(world, `${path}/deployments/${slot}`)
  const { BUILD } = serving.properties.environmentVariables ?? {}
  if (BUILD !== build) throw new Error(`${nameOf(place)} serves build ${BUILD}, not ${build}`)
}

async function bodyAt(world: Fleet['world'], path: string): Promise<Body> {
  const { body } = await world.get(path)
  return body as unknown as Body
}

interface Body {
  readonly properties: {
    readonly traffic?: Readonly<Record<string, number>>
    readonly environmentVariables?: Readonly<Record<string, string>>
  }
}

function share(values: readonly number[], of: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * of)] ?? Number.NaN
}

function told(number: number, month: Month): Month {
  const { looks, kept } = month
  const [p50, p99] = [0.5, 0.99].map((of) => share(looks, of).toFixed(1))
  process.stderr.write(
    `month ${number}: ${looks.length} looks, p50 ${p50}, p99 ${p99} ms of CPU, ${(kept / 1e6).toFixed(2)} MB kept\n`,
  )
  return month
}

export const YEAR: readonly Bench[] = [
  {
    id: 'year',
    title: `a year: ${ROLLOUTS_A_DAY} rollouts and one crash a day (an hour and a half)`,
    sabotage: 'every report is kept, each month once more',
    isLong: true,
    measure: (isSabotaged) => year(500, isSabotaged),
  },
]
