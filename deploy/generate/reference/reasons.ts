import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { code, GENERATED, table } from './markdown.ts'
import { MEANINGS } from './meanings.ts'
import { reasonsIn, type SaidReason } from './reason-calls.ts'

const SOURCES = join(import.meta.dirname, '../../../src')

interface Section {
  readonly title: string
  readonly about: string
  /** Which source files it speaks of; the first section that fits has a file. */
  readonly files: RegExp
}

const SECTIONS: readonly Section[] = [
  {
    title: 'Conditions and events',
    about: 'Reasons of conditions that are about a whole thing or Application, and of events.',
    files: /^core\/report\//,
  },
  {
    title: 'Problems of a commit',
    about:
      'In `problems`, with file, line and column. With one of severity error the last good commit stays in force and nothing is deleted.',
    files:
      /^core\/(?:manifests|kinds|rollout\/(?:providers|steps\/(?:probe|set-scale|template-use)))/,
  },
  {
    title: 'Git',
    about: 'Why a source cannot be read, or is not followed: the reason of `SourceReady`.',
    files: /^(?:adapters\/git|reconcile)\//,
  },
  {
    title: 'What holds a change or a deletion',
    about:
      '`waiting` ends by itself; `blocked` needs a person or a commit, and makes the thing `Stalled`. `verdigris plan` and `status` show them.',
    files: /^core\/plan\//,
  },
  {
    title: 'Rollouts',
    about: 'Where a rollout stands, and why it moved: `verdigris rollout status`.',
    files: /^core\/rollout\//,
  },
  {
    title: 'Checks and metric providers',
    about: 'Why a check has its verdict, or has none: `judgements` of a rollout.',
    files: /^(?:core\/judge|adapters\/analysis)\//,
  },
  {
    title: 'Azure',
    about:
      'Failures of requests to Azure. Azure’s own codes (`OutOfQuota`, `ImageBuildFailure`, …) are reasons, too, word for word.',
    files: /^adapters\/azure\//,
  },
]

/** What a change is planned for, and types of conditions, are no reasons why something stands still. */
const NO_REASONS: ReadonlySet<string> = new Set([
  'Create',
  'Update',
  'Replace',
  'Drift',
  'Prune',
  'Adopt',
  ...['Ready', 'Reconciling', 'Stalled'],
])

/**
 * `docs/reference/reasons.md`: every reason that the code gives, with the text that goes with it. Throws where one has no text,
 * and where the code has no longer what has a meaning here.
 */
export function reasonsMarkdown(): string {
  const files = globSync('{core,reconcile,adapters}/**/*.ts', { cwd: SOURCES })
    .sort()
    .map((file) => ({ file, text: readFileSync(join(SOURCES, file), 'utf8') }))
  const all = files.flatMap(({ file, text }) =>
    [...reasonsIn(file, text), ...meantIn(file, text)].map((said) => ({ ...said, file })),
  )
  const bySection = Map.groupBy(all, ({ file }) => sectionOf(file))
  const sections = SECTIONS.map((section) => sectionText(section, bySection.get(section) ?? []))
  return `${GENERATED}# States, conditions and reasons

## Conditions

With Kubernetes' meaning, for each Application and, but for \`SourceReady\`, for each of its things.

| condition | True when |
|---|---|
| \`Ready\` | live is what Git says, and healthy |
| \`Reconciling\` | something is on its way, or waits for what ends by itself |
| \`Stalled\` | only a person or a commit leads on |
| \`Drifted\` | its last write is there, and somebody has changed it since |
| \`SourceReady\` | the newest commit was read and has no errors |

\`sync\` is \`synced\`, \`out_of_sync\` or \`unknown\`; \`health\` is \`healthy\`, \`progressing\`, \`degraded\`, \`suspended\` or \`missing\`.

## Reasons

CamelCase names that do not change. In the texts \`…\` stands for a value.
${sections.join('')}`
}

function sectionOf(path: string): Section | undefined {
  return SECTIONS.find(({ files }) => files.test(path))
}

/** Reasons with a meaning of their own, where the file has their name. */
function meantIn(file: string, text: string): readonly SaidReason[] {
  const meanings = MEANINGS[sectionOf(file)?.title ?? ''] ?? {}
  const names = Object.keys(meanings).filter((name) => text.includes(`'${name}'`))
  return names.map((reason) => ({ reason, message: meanings[reason] ?? '' }))
}

function sectionText(
  { title, about }: Section,
  found: readonly (SaidReason & { readonly file: string })[],
): string {
  const told = found.filter(({ reason, message }) => message !== '' || !NO_REASONS.has(reason))
  const groups = Map.groupBy(told, ({ reason }) => reason)
  const gone = Object.keys(MEANINGS[title] ?? {}).filter((name) => !groups.has(name))
  if (gone.length > 0) throw new Error(`${title}: no file says ${gone.join(', ')} (meanings.ts)`)
  const rows = [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, group]) => [
      code(reason),
      textsOf(group),
      [...new Set(group.flatMap(({ state }) => state ?? []))].map(code).join(' '),
    ])
  const mute = rows.filter(([, text]) => text === '').map(([name]) => name)
  if (mute.length > 0) throw new Error(`${title}: say what ${mute.join(', ')} mean (meanings.ts)`)
  const isHeld = rows.some(([, , state]) => state !== '')
  const head = ['reason', 'text', ...(isHeld ? ['state'] : [])]
  const shown = isHeld ? rows : rows.map((row) => row.slice(0, 2))
  return `\n### ${title}\n\n${about}\n\n${table(head, shown)}`
}

const TEXTS = 4

function textsOf(group: readonly SaidReason[]): string {
  const texts = [...new Set(group.map(({ message }) => message))].filter((text) =>
    /[a-z]{3}/.test(text),
  )
  const more = texts.length > TEXTS ? [`and ${texts.length - TEXTS} more`] : []
  return [...texts.slice(0, TEXTS), ...more].map((text) => text.replaceAll('<', '&lt;')).join(' · ')
}
