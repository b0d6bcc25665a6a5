import { parse, stringify } from 'yaml'

/**
 * The manifest that a fragment belongs to, by the words of its comment: `fragment of Application at /spec/sync`. What the
 * fragment says takes the place of what the skeleton has there.
 */
export function wholeOf(note: string, text: string): string | undefined {
  const [, kind, pointer = ''] = /^fragment of (\w+)(?: at (\/\S*))?$/.exec(note) ?? []
  const skeleton = kind === undefined ? undefined : SKELETONS[kind]
  if (skeleton === undefined) return undefined
  const names = pointer.split('/').slice(1)
  const whole: Mapping = parse(skeleton)
  let place = whole
  for (const name of names) {
    place[name] = isMapping(place[name]) ? place[name] : {}
    place = place[name] as Mapping
  }
  Object.assign(place, parse(text))
  return stringify(whole)
}

type Mapping = { [name: string]: unknown }

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const SKELETONS: Readonly<Record<string, string>> = {
  Application: `
apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: fraud }
spec:
  source: { repository: https://github.com/acme/models.git }
  sandbox: {}
`,
  AnalysisTemplate: `
apiVersion: verdigris.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec: {}
`,
  OnlineEndpoint: `
apiVersion: verdigris.dev/v1
kind: OnlineEndpoint
metadata: { name: fraud }
spec: {}
`,
}
