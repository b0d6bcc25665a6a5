import { shown } from '../../kinds/fields/shown.ts'
import type { FieldIssue } from '../../kinds/kind.ts'
import type { Rollout } from '../../model/desired.ts'
import type { Problem } from '../../model/problem.ts'
import { keyOf } from '../../model/ref.ts'
import type { Check } from '../../model/rollout.ts'
import { isObject, type Json } from '../../model/values/json.ts'
import type { Named } from '../../rollout/steps/step.ts'
import { documentSecrets, goldenProblems } from '../checks.ts'
import { type Declaration, problemAt } from '../declare.ts'
import { contentFor, type Repository } from '../documents/content.ts'
import type { ManifestDocument } from '../documents/documents.ts'
import { type AnalysisTemplate, fill, readTemplate } from './analysis-template.ts'
import { goldenRequests } from './golden.ts'
import { decodeRollout } from './rollout.ts'

/** What the documents of a repository say about how endpoints move. */
export interface Rollouts {
  /** By the key of the endpoint. */
  readonly byEndpoint: ReadonlyMap<string, Rollout>
  /** What the templates of rollouts declare inline: code, models and environments. */
  readonly declarations: readonly Declaration[]
  readonly problems: readonly Problem[]
}

/** Reads every Rollout and AnalysisTemplate, and puts each Rollout to its endpoint. */
export function readRollouts(
  documents: readonly ManifestDocument[],
  declarations: readonly Declaration[],
  repository: Repository,
): Rollouts {
  const templates = readTemplates(documents.filter((one) => kindOf(one) === 'AnalysisTemplate'))
  const read = documents
    .filter((one) => kindOf(one) === 'Rollout')
    .map((document) => {
      const named = namedIn(document, templates.byName, repository)
      const content = contentFor(document.file, repository)
      return { document, ...decodeRollout(document, declarations, content, named) }
    })
  const groups = Map.groupBy(
    read.flatMap(({ rollout, document }) => (rollout === undefined ? [] : [{ rollout, document }])),
    ({ rollout }) => keyOf(rollout.endpoint),
  )
  const single = [...groups].flatMap(([key, group]) => {
    const [one] = group
    return group.length === 1 && one !== undefined ? [[key, one.rollout] as const] : []
  })
  const twice = [...groups.values()].filter((group) => group.length > 1).flat()
  return {
    byEndpoint: new Map(single),
    declarations: read.flatMap((one) => one.declarations),
    problems: [
      ...templates.problems,
      ...read.flatMap((one) => one.problems),
      ...documents.filter(isRolloutKind).flatMap(documentSecrets),
      ...read.flatMap(({ document, rollout }) =>
        goldenProblems(rollout?.steps ?? [], document.values.placeOf(['spec', 'strategy'])),
      ),
      ...twice.map(({ document, rollout }) =>
        problemAt(document, {
          path: ['spec', 'endpoint'],
          reason: 'DuplicateIdentity',
          message: `${shown(rollout.endpoint.name)} has more than one Rollout`,
        }),
      ),
    ],
  }
}

function kindOf({ document: told, values }: ManifestDocument): Json | undefined {
  return told.is === 'envelope' && isObject(values.value) ? values.value.kind : undefined
}

function isRolloutKind(document: ManifestDocument): boolean {
  const kind = kindOf(document)
  return kind === 'Rollout' || kind === 'AnalysisTemplate'
}

interface Templates {
  readonly byName: ReadonlyMap<string, AnalysisTemplate>
  readonly problems: readonly Problem[]
}

function readTemplates(documents: readonly ManifestDocument[]): Templates {
  const byName = new Map<string, AnalysisTemplate>()
  const problems: Problem[] = []
  for (const document of documents) {
    const { value } = document.values
    const read = isObject(value) ? readTemplate(value) : []
    if (!('name' in read)) {
      problems.push(...read.map((issue) => problemAt(document, issue)))
      continue
    }
    if (byName.has(read.name)) {
      const message = `there is more than one AnalysisTemplate ${shown(read.name)}`
      const issue = { path: ['metadata', 'name'], reason: 'DuplicateIdentity', message }
      problems.push(problemAt(document, issue))
    }
    byName.set(read.name, read)
  }
  return { byName, problems }
}

/** What the steps of a document may name. */
function namedIn(
  { file }: ManifestDocument,
  templates: ReadonlyMap<string, AnalysisTemplate>,
  { files, used }: Repository,
): Named {
  return {
    golden: (pattern) => goldenRequests(file, pattern, files, used),
    checks(uses) {
      const found = uses.flatMap(({ template: name, args }) => {
        const template = templates.get(name)
        return template === undefined ? [unknownTemplate(name, templates)] : fill(template, args)
      })
      const issues = found.filter((one): one is FieldIssue => 'reason' in one)
      if (issues.length > 0) return issues.map((issue) => ({ ...issue, path: [] }))
      return found.filter((one): one is Check => !('reason' in one))
    },
  }
}

function unknownTemplate(
  name: string,
  templates: ReadonlyMap<string, AnalysisTemplate>,
): FieldIssue {
  const known = [...templates.keys()].slice(0, 20).join(', ')
  const hint = known === '' ? 'none is declared' : `declared: ${known}`
  const message = `there is no AnalysisTemplate ${shown(name)} (${hint})`
  return { path: [], reason: 'UnknownTemplate', message }
}

/** The endpoint's declaration with its Rollout. */
export function withRollout(
  declaration: Declaration,
  byEndpoint: Rollouts['byEndpoint'],
): Declaration {
  const rollout = byEndpoint.get(keyOf(declaration.desired.ref))
  if (rollout === undefined) return declaration
  return { ...declaration, desired: { ...declaration.desired, rollout } }
}
