import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../../core/model/report.ts'
import type { RolloutStatus } from '../../core/model/rollout.ts'
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
  /** Requests of users that the bad model failed before it was taken back. */
  failedByBadModel?: number
}

const SAMPLES = join(import.meta.dirname, '..', '..', '..', 'manifests')
const ENDPOINT = 'fraud'
/** What users ask; two of seven tell how risky the merchant is. */
const TRANSACTIONS = [
  { amount: 12, night: 0, distance_km: 1 },
  { amount: 120, night: 1, distance_km: 3, merchant_risk: 0.1 },
  { amount: 35, night: 0, attempts: 2 },
  { amount: 9 },
  { amount: 480, night: 0, distance_km: 30, merchant_risk: 0.05 },
  { amount: 61, night: 1, attempts: 1 },
  { amount: 18, distance_km: 7 },
].map((transaction) => JSON.stringify({ transactions: [transaction] }))
const REQUEST_EVERY_MS = 20

export const SCENES: readonly Scene[] = [
  {
    title: 'A repository with an endpoint, a model and a Rollout',
    async play(stage, told) {
      await stage.repository.copy(join(SAMPLES, 'rollout'))
      const commit = await stage.repository.merge('Serve fraud scores')
      stage.start()
      const report = await stage.until('first convergence', isLive(commit))
      told.load = await sendTraffic(stage)
      return [`${report.resources.length} resources made; traffic ${await trafficOf(stage)}`]
    },
  },
  {
    title: 'A one-line change merges: model 1 becomes model 2, step by step',
    async play(stage, told) {
      await stage.repository.edit('rollout.yml', 'azureml:fraud:1', 'azureml:fraud:2')
      const merged = Date.now()
      const commit = await stage.repository.merge('Serve model 2')
      const steps = followRollout(stage)
      await stage.until('model 2 promoted', isLive(commit))
      told.convergeSeconds = Math.round((Date.now() - merged) / 100) / 10
      const lines = steps.end()
      const weights = lines.filter(
        (line) => line.includes('green 20 %') || line.includes('green 50 %'),
      )
      if (weights.length < 2) throw new Error('it did not go step by step')
      return [
        ...lines,
        `traffic ${await trafficOf(stage)}, ${told.convergeSeconds} s after the merge`,
      ]
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
    title: 'A bad model merges: it answers the golden requests, and fails some users',
    async play(stage, told) {
      const before = told.load?.figures() ?? { failed: 0 }
      await stage.repository.edit('rollout.yml', 'azureml:fraud:2', 'azureml:fraud:3')
      const commit = await stage.repository.merge('Serve model 3')
      const steps = followRollout(stage)
      const report = await stage.until('model 3 rolled back', isRolledBack)
      if (report.appliedRevision !== commit) throw new Error('another commit was rolled back')
      const { failed } = told.load?.figures() ?? { failed: 0 }
      told.failedByBadModel = failed - before.failed
      const ready = report.conditions.find(({ type }) => type === 'Ready')
      return [
        ...steps.end(),
        `traffic ${await trafficOf(stage)}; ${told.failedByBadModel} requests of users had failed`,
        `the commit is marked: ${ready?.reason}: ${ready?.message}`,
      ]
    },
  },
  {
    title: 'The commit is reverted',
    async play(stage) {
      await stage.repository.edit('rollout.yml', 'azureml:fraud:3', 'azureml:fraud:2')
      const commit = await stage.repository.merge('Revert "Serve model 3"')
      const report = await stage.until('all Ready again', isLive(commit))
      const ready = report.conditions.find(({ type }) => type === 'Ready')
      return [`Ready again: ${ready?.message} Traffic ${await trafficOf(stage)}`]
    },
  },
  {
    title: 'A commit with mistakes, and one that mends them',
    async play(stage, _told, style) {
      const before = stage.figures().writes
      await stage.repository.edit('rollout.yml', 'setWeight: 50', 'setWeight: 10')
      await stage.repository.edit('rollout.yml', 'instance_count', 'instance_cuont')
      const commit = await stage.repository.merge('Scale out')
      const report = await stage.until('the mistakes found', sees(commit))
      if (report.problems.length === 0) throw new Error('no mistake was found')
      if (stage.figures().writes !== before) throw new Error('a broken commit was written')
      const inForce = report.appliedRevision?.slice(0, 8) ?? 'none'
      await stage.repository.edit('rollout.yml', 'setWeight: 10', 'setWeight: 50')
      await stage.repository.edit('rollout.yml', 'instance_cuont', 'instance_count')
      const mended = await stage.repository.merge('Mend it')
      await stage.until('the mended commit', isLive(mended))
      return [
        ...problemLines(report.problems, style),
        `nothing written; ${inForce} stays in force, traffic ${await trafficOf(stage)}`,
      ]
    },
  },
  {
    title: 'A commit adds a batch endpoint; a job scores a folder with it',
    async play(stage) {
      await stage.repository.copy(join(SAMPLES, 'batch'))
      const commit = await stage.repository.merge('Score every night')
      await stage.until('the batch endpoint', isLive(commit))
      const rows = await scoreFolder(stage.person, 'fraud-nightly', 'azureml:transactions:1')
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

function rolloutIn({ resources }: Report): RolloutStatus | undefined {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

function isRolledBack(report: Report): boolean {
  return rolloutIn(report)?.phase === 'rolled_back'
}

/** Writes down each turn of the rollout, with the evidence of its moment, until it is told to end. */
function followRollout({ watch }: Stage): { end(): readonly string[] } {
  const lines: string[] = []
  const unwatch = watch((report) => {
    for (const { action, result } of report.outcomes) {
      if (result !== 'Started' || action.turn === undefined) continue
      const { weights = {}, judgements = [] } = rolloutIn(report) ?? {}
      const traffic = Object.entries(weights).map(([name, weight]) => `${name} ${weight} %`)
      const evidence = judgements.map(({ name, outcome }) => `${name} ${outcome}`)
      lines.push([`${traffic.join(', ')}: ${action.turn.message}`, ...evidence].join(' · '))
    }
  })
  return {
    end() {
      unwatch()
      return lines
    },
  }
}

async function sendTraffic({ person }: Stage): Promise<Load> {
  const { properties } = await person.endpoint(ENDPOINT)
  const key = await person.key(ENDPOINT)
  return startLoad({
    url: properties.scoringUri,
    key,
    bodies: TRANSACTIONS,
    everyMs: REQUEST_EVERY_MS,
  })
}

async function trafficOf({ person }: Stage): Promise<string> {
  const { traffic } = (await person.endpoint(ENDPOINT)).properties
  return Object.entries(traffic)
    .map(([name, weight]) => `${name} ${weight} %`)
    .join(', ')
}
