import { DEFAULT_LIMITS as AZURE } from '../../../src/adapters/azure/limits.ts'
import { FOLDER_LIMITS, REPOSITORY_LIMITS as GIT } from '../../../src/adapters/git/limits.ts'
import { LIMITS as MANIFESTS } from '../../../src/core/manifests/limits.ts'
import { SERVICE_LIMITS } from '../../../src/core/model/service-limits.ts'
import { WITHOUT_RESERVE } from '../../../src/core/plan/capacity/reserve.ts'
import { FIGHT_LIMIT, STUCK_MS } from '../../../src/core/plan/memory/next-memory.ts'
import { NOT_TAKEN_OVER_MS } from '../../../src/core/plan/memory/not-taken-over.ts'
import { EVENTS_PER_TICK_MAX } from '../../../src/core/report/events/event.ts'
import { NO_DATA_MS } from '../../../src/core/rollout/decide/advance.ts'
import { MOST_ATTEMPTS } from '../../../src/core/rollout/golden/golden-verdict.ts'
import {
  MEASURED_BYTES_MAX as MEASURED,
  ROLLOUT_MEASURED_BYTES_MAX as ROLLOUT_MEASURED,
} from '../../../src/core/rollout/measured.ts'
import { DEFAULT_LIMITS as SERVER } from '../../../src/server/limits.ts'
import { numberIn } from './constants.ts'
import { GENERATED, table } from './markdown.ts'

type Rows = readonly (readonly [what: string, value: string])[]

/** `docs/reference/limits.md`: one table of every bound that somebody may meet, with the values of the code. */
export function limitsMarkdown(): string {
  const sections = Object.entries(TABLES).map(
    ([title, rows]) => `## ${title}\n\n${table(['what', 'at most'], rows())}`,
  )
  return `${GENERATED}# Limits

What is larger is refused with its reason, never cut, but for what is kept to be looked at. Limits of single fields are in [manifests.md](../manifests.md).

${sections.join('\n')}
## Azure's own

As Azure publishes them, for a region of a subscription, endpoints of all kinds and workspaces together. Its support raises all but those of a
cluster, and no API tells whether it did. So nothing is held for them: what would pass one is said by \`validate\` as far as the manifests tell
(\`ServiceLimit\`, a warning), by \`plan\` and by \`doctor\`, and Azure has the last word. Nothing is said of a limit that more is live than it allows.

${table(['what', 'at most'], AZURES_OWN())}
Azure asks for the quota of a fifth more instances than a managed deployment has, rounded up, for upgrades. Not of these sizes, by its list:
${[...WITHOUT_RESERVE].map((name) => `\`${name}\``).join(', ')}. A size that is not on the list is held
(\`QuotaShort\`) only when cores are missing for the instances alone.
`
}

const TABLES: { readonly [title: string]: () => Rows } = {
  'A repository': () => [
    ['files below the path of an Application', count(GIT.entries)],
    ['their paths together, as Git lists them', bytes(GIT.listBytes)],
    [
      'files of a folder that is watched (a larger one is read at the interval)',
      count(FOLDER_LIMITS.watched),
    ],
    ['one file (a larger one is listed and cannot be used)', bytes(GIT.blobBytes)],
    ['one manifest file', bytes(GIT.textBytes)],
    ['all manifests of a commit together', bytes(GIT.textsBytes)],
    ['one pack that is fetched', bytes(GIT.packBytes)],
    ['objects of one pack', count(GIT.objects)],
    ['a commit with its message', bytes(GIT.commitBytes)],
    ['memory of each of git’s processes that speak with a server', bytes(GIT.memoryBytes)],
    ['one conversation with the server', time(GIT.totalMs)],
    ['silence of the server in it', time(GIT.stallMs)],
    [
      'commits searched for the newest good one, after a start',
      count(numberIn('reconcile/history.ts', 'MAX_COMMITS_BACK')),
    ],
  ],
  Manifests: () => [
    ['YAML documents of one file', count(MANIFESTS.documents)],
    ['levels of nesting', count(MANIFESTS.depth)],
    ['values of one document, aliases put in place', count(MANIFESTS.values)],
    ['aliases of one file', count(MANIFESTS.aliases)],
    ['problems told of one file', count(MANIFESTS.problemsPerFile)],
    [
      'a text with its variables put in',
      characters(numberIn('core/manifests/documents/variables.ts', 'MAX_LENGTH')),
    ],
    [
      'an ignore file (`.amlignore`, `.gitignore`, `.verdigrisignore`)',
      characters(numberIn('core/manifests/ignore-file.ts', 'MAX_LENGTH')),
    ],
    ['a conda file', characters(numberIn('core/kinds/conda.ts', 'MAX_LENGTH'))],
    ['files of one upload', count(Math.min(MANIFESTS.uploadFiles, AZURE.uploadFilesMax))],
    ['bytes of one upload', bytes(Math.min(MANIFESTS.uploadBytes, AZURE.uploadBytesMax))],
    [
      'golden files of one `verify` step',
      count(numberIn('core/manifests/rollouts/golden.ts', 'MAX_FILES')),
    ],
    ['one golden file', characters(numberIn('core/manifests/rollouts/golden.ts', 'MAX_LENGTH'))],
    ['requests that are sent for one golden file', count(MOST_ATTEMPTS)],
    [
      'probes a minute of one `analysis` step',
      count(numberIn('core/rollout/steps/probe.ts', 'MAX_PER_MINUTE')),
    ],
    ['the body of one probe', characters(numberIn('core/rollout/steps/probe.ts', 'MAX_BODY'))],
    [
      'the bodies of the probes of one step together',
      characters(numberIn('core/rollout/steps/probe.ts', 'MAX_BODIES')),
    ],
    ['steps of a Rollout', count(numberIn('core/manifests/rollouts/rollout-spec.ts', 'MAX_STEPS'))],
    [
      'metrics of an AnalysisTemplate',
      count(numberIn('core/manifests/rollouts/analysis-template.ts', 'MAX_METRICS')),
    ],
  ],
  Deletion: () => [
    ['deletions of one commit, unless `sync.prune.maxDeletions` says otherwise', '3'],
    [
      `share of an Application’s things, from ${numberIn('core/plan/prune/gate.ts', 'SHARE_COUNTS_FROM')} of them on`,
      `${numberIn('core/plan/prune/gate.ts', 'MAX_SHARE') * 100} %`,
    ],
    [
      'wait of a removed endpoint for new ones that do not serve yet',
      time(numberIn('core/plan/prune/removal.ts', 'REPLACEMENT_MS')),
    ],
    [
      'wait for the last request of a deployment whose own time-out is not known',
      time(numberIn('core/plan/prune/removal.ts', 'LONGEST_REQUEST_MS')),
    ],
  ],
  Retries: () => [
    ['corrections of drift in a row before it is reported as a fight', count(FIGHT_LIMIT)],
    [
      'wait before a field that Azure did not take over is written once more',
      time(NOT_TAKEN_OVER_MS),
    ],
    ['wait between two tries of what failed or was refused', '1 h'],
    ['the same, where users wait for it', time(numberIn('core/plan/memory/backoff.ts', 'OWED_MS'))],
    [
      'refusals of an Application that a controller leaves to the next one',
      count(numberIn('core/plan/memory/refusals.ts', 'KEPT_MAX')),
    ],
    [
      'time of an operation on a deployment before it is `OperationOverdue`, where too few are known',
      time(numberIn('core/plan/memory/overdue.ts', 'UNKNOWN_DEPLOYMENT_MS')),
    ],
    ['the same, on an endpoint', time(numberIn('core/plan/memory/overdue.ts', 'UNKNOWN_MS'))],
    ['time of an operation of Azure before it is reported as `Stuck`', time(STUCK_MS)],
    [
      'time that users stay on a candidate while a metric provider does not answer',
      time(NO_DATA_MS),
    ],
    ['writes that are sent at the same time', count(numberIn('reconcile/act.ts', 'AT_ONCE'))],
  ],
  'What is kept of a rollout': () => [
    ['query and samples of one check, as JSON; older samples are thinned out', bytes(MEASURED)],
    ['of all checks of one rollout together', bytes(ROLLOUT_MEASURED)],
    [
      'looks of a threshold; those that counted against the candidate go last',
      count(numberIn('core/rollout/measured.ts', 'MOST_VALUES')),
    ],
    [
      'bytes of `verdicts.jsonl`, `accepted.jsonl` and `refused.jsonl`, each',
      bytes(
        numberIn('adapters/journal/lines.ts', 'FILE_BYTES_MAX') *
          (1 + numberIn('adapters/journal/lines.ts', 'FULL_KEPT')),
      ),
    ],
  ],
  'Requests to Azure': () => [
    ['reads', bucket(AZURE.reads)],
    ['writes', bucket(AZURE.writes)],
    ['deletions', bucket(AZURE.deletes)],
    ['writes of deployments', bucket(AZURE.deploymentWrites)],
    ['reads at the same time', count(AZURE.concurrentReads)],
    ['answer to a read', time(AZURE.readTimeoutMs)],
    ['answer to a write', time(AZURE.writeTimeoutMs)],
    ['one answer', bytes(AZURE.bodyBytesMax)],
    ['pages of one list', count(AZURE.pagesMax)],
    ['items of one list', count(AZURE.itemsMax)],
    ['uploads at the same time', count(AZURE.concurrentUploads)],
  ],
  'The API': () => [
    ['connections', count(SERVER.connections)],
    ['event streams', count(SERVER.eventClients)],
    ['events kept for `Last-Event-ID`', count(SERVER.eventHistory)],
    ['body of a request', bytes(SERVER.bodyBytes)],
    ['headers of a request', bytes(SERVER.headerBytes)],
    ['wait of a lever for its answer, after which it is `pending`', time(SERVER.leverWaitMs)],
    ['levers that wait', count(numberIn('adapters/inbox/memory.ts', 'MAX_WAITING'))],
    ['`--why` and `--who`', characters(numberIn('server/rollout-routes.ts', 'SAID_MAX'))],
    ['events of one tick; one more says how many are left out', count(EVENTS_PER_TICK_MAX)],
  ],
}

const AZURES_OWN = (): Rows => [
  ['endpoints', count(SERVICE_LIMITS.endpoints)],
  ['deployments', count(SERVICE_LIMITS.deployments)],
  ['deployments of an endpoint', count(SERVICE_LIMITS.deploymentsPerEndpoint)],
  ['instances of a managed deployment', count(SERVICE_LIMITS.instances)],
  [
    'bandwidth of a managed endpoint, the copies of mirroring among it (said by plan and status)',
    `${SERVICE_LIMITS.bandwidth} MBPS`,
  ],
  ['endpoints on a Kubernetes cluster', count(SERVICE_LIMITS.clusterEndpoints)],
  ['deployments on a Kubernetes cluster', count(SERVICE_LIMITS.clusterDeployments)],
]

function count(value: number): string {
  return value.toLocaleString('en')
}

function characters(value: number): string {
  return `${count(value)} characters`
}

function bytes(value: number): string {
  if (value >= 1024 ** 3) return `${value / 1024 ** 3} GiB`
  return value >= 1024 ** 2 ? `${value / 1024 ** 2} MiB` : `${value / 1024} KiB`
}

function time(ms: number): string {
  if (ms >= 3_600_000) return `${ms / 3_600_000} h`
  return ms >= 120_000 ? `${ms / 60_000} min` : `${ms / 1000} s`
}

function bucket({
  burst,
  perSecond,
}: {
  readonly burst: number
  readonly perSecond: number
}): string {
  const rate = perSecond >= 1 ? `${perSecond} a second` : `${perSecond * 300} in five minutes`
  return `${burst} at once, then ${rate}`
}
