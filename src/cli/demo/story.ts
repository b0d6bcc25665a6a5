import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../../core/model/report.ts'
import { differenceText } from '../render/plan.ts'
import { problemLines } from '../render/problems.ts'
import type { Style } from '../render/style.ts'
import { scoreFolder } from './batch.ts'
import { type Load, startLoad } from './load.ts'
import type { Stage } from './stage.ts'

/** What a scene tells, line by line; throws when it did not happen. */
export interface Scene {
  readonly title: string
  play(stage: Stage, told: Told, style: Style): Promise<readonly string[]>
}

/** What later scenes and the figures know of earlier ones. */
export interface Told {
  load?: Load
  convergeSeconds?: number
}

const SAMPLES = join(import.meta.dirname, '..', '..', '..', 'manifests')
const ENDPOINT = 'fraud'
const TRANSACTION = JSON.stringify({ transactions: [{ amount: 120, hour: 3 }] })
const REQUEST_EVERY_MS = 20

export const SCENES: readonly Scene[] = [
  {
    title: 'A repository with an endpoint, a model and the deployment blue',
    async play(stage, told) {
      await stage.repository.copy(join(SAMPLES, 'workspace'))
      const commit = await stage.repository.merge('Serve fraud scores')
      stage.start()
      const report = await stage.until('first convergence', isLive(commit))
      told.load = await sendTraffic(stage)
      return [`${report.resources.length} resources made; traffic ${await trafficOf(stage)}`]
    },
  },
  {
    title: 'A merged commit adds green with a new model and moves traffic to it',
    async play(stage, told) {
      await stage.repository.copy(join(SAMPLES, 'green'))
      const merged = Date.now()
      const commit = await stage.repository.merge('Serve model 2 from green')
      await stage.until('green serving', isLive(commit))
      told.convergeSeconds = Math.round((Date.now() - merged) / 100) / 10
      return [`traffic ${await trafficOf(stage)}, ${told.convergeSeconds} s after the merge`]
    },
  },
  {
    title: 'Somebody moves traffic by hand',
    async play(stage) {
      await stage.person.setTraffic(ENDPOINT, { blue: 60, green: 40 })
      const seen = await stage.until('the drift seen', hasDrift)
      const drift = seen.resources.flatMap(({ differences }) => differences)
      await stage.until('the drift corrected', ({ converged }) => converged)
      const moved = drift.map(differenceText)
      return [`seen as drift: ${moved.join(', ')}`, `put back: traffic ${await trafficOf(stage)}`]
    },
  },
  {
    title: 'A commit with mistakes',
    async play(stage, _told, style) {
      const before = stage.figures().writes
      await stage.repository.edit('endpoint.yml', 'green: 100', 'green: 90')
      await stage.repository.edit('green.yml', 'instance_count', 'instance_cuont')
      const commit = await stage.repository.merge('Scale green')
      const report = await stage.until('the mistakes found', sees(commit))
      if (report.problems.length < 2) throw new Error('not every mistake was found')
      if (stage.figures().writes !== before) throw new Error('a broken commit was written')
      const inForce = report.appliedRevision?.slice(0, 8) ?? 'none'
      return [
        ...problemLines(report.problems, style),
        `nothing written; ${inForce} stays in force, traffic ${await trafficOf(stage)}`,
      ]
    },
  },
  {
    title: 'A commit mends them and removes blue',
    async play(stage) {
      await stage.repository.edit('endpoint.yml', 'green: 90', 'green: 100')
      await stage.repository.edit('endpoint.yml', '  blue: 0\n', '')
      await stage.repository.edit('green.yml', 'instance_cuont', 'instance_count')
      await stage.repository.remove('blue.yml')
      const commit = await stage.repository.merge('Retire blue')
      const deleting = await stage.until('blue being deleted', deletesBlue)
      const weight = trafficIn(deleting).blue ?? 0
      if (weight > 0) throw new Error(`blue was deleted with ${weight} % of the traffic`)
      const report = await stage.until('blue deleted', isLive(commit))
      if (report.resources.some(({ key }) => key.endsWith('/blue')))
        throw new Error('blue is still there')
      return ['no traffic on blue; deleted when its last request could have ended']
    },
  },
  {
    title: 'A commit adds a batch endpoint; a job scores a folder with it',
    async play(stage) {
      await stage.repository.copy(join(SAMPLES, 'batch'))
      const commit = await stage.repository.merge('Score every night')
      await stage.until('the batch endpoint', isLive(commit))
      const rows = await scoreFolder(stage, 'fraud-nightly', 'azureml:transactions:1')
      const files = readdirSync(join(SAMPLES, 'batch', 'transactions'))
      const scored = new Set(rows.map((row) => row.split(' ')[0]))
      if (rows.length !== files.length || files.some((file) => !scored.has(file)))
        throw new Error(`${rows.length} rows for ${files.length} files`)
      return [
        `${files.length} files, ${rows.length} rows in predictions.csv; the first: ${rows[0]}`,
      ]
    },
  },
]

function isLive(commit: string): (report: Report) => boolean {
  return ({ converged, appliedRevision }) => converged && appliedRevision === commit
}

function sees(commit: string): (report: Report) => boolean {
  return ({ attemptedRevision }) => attemptedRevision === commit
}

function hasDrift({ outcomes }: Report): boolean {
  return outcomes.some(({ action, result }) => result === 'Started' && action.reason === 'Drift')
}

function deletesBlue({ outcomes }: Report): boolean {
  return outcomes.some(
    ({ action, result }) =>
      result === 'Started' && action.verb === 'delete' && action.ref.name === 'blue',
  )
}

function trafficIn({ resources }: Report): { readonly [deployment: string]: number } {
  return resources.find(({ traffic }) => traffic !== undefined)?.traffic?.live ?? {}
}

async function sendTraffic({ person }: Stage): Promise<Load> {
  const { properties } = await person.endpoint(ENDPOINT)
  const key = await person.key(ENDPOINT)
  return startLoad({
    url: properties.scoringUri,
    key,
    body: TRANSACTION,
    everyMs: REQUEST_EVERY_MS,
  })
}

async function trafficOf({ person }: Stage): Promise<string> {
  const { traffic } = (await person.endpoint(ENDPOINT)).properties
  return Object.entries(traffic)
    .map(([name, weight]) => `${name} ${weight} %`)
    .join(', ')
}
