import { parse } from 'yaml'
import { pypiNameOf, refusalOf } from './conda-packages.ts'
import { type PythonNeeds, Unbuildable } from './needs.ts'

const linesMax = 1000

/**
 * What a conda file asks for, as far as a venv can give it: its Python, its pip part, and those conda packages that
 * PyPI has. Throws Unbuildable for the rest.
 */
export function needsOfConda(text: string): PythonNeeds {
  const { dependencies } = mappingIn(text)
  if (dependencies === undefined || dependencies === null) {
    return { python: '', requirements: [], remarks: [] }
  }
  if (!Array.isArray(dependencies)) throw new Unbuildable("'dependencies' is not a list.")
  if (dependencies.length > linesMax) throw new Unbuildable(`More than ${linesMax} dependencies.`)
  const parts = dependencies.map(partOf)
  return {
    python: parts.flatMap(({ python }) => python ?? []).join(','),
    requirements: parts.flatMap(({ requirements = [] }) => requirements),
    remarks: parts.flatMap(({ remarks = [] }) => remarks),
  }
}

/** The conditions on Python alone, of a conda file whatever else it asks for; empty = any. Throws Unbuildable. */
export function pythonInConda(text: string): string {
  const { dependencies } = mappingIn(text)
  if (!Array.isArray(dependencies)) return ''
  return dependencies
    .map((one) => (typeof one === 'string' ? spec.exec(one.trim()) : null))
    .flatMap((match) => (match?.[1] === 'python' ? versionOf(match[2]) : []))
    .join(',')
}

function mappingIn(text: string): Readonly<Record<string, unknown>> {
  let content: unknown
  try {
    content = parse(text, { maxAliasCount: 0 })
  } catch (error) {
    throw new Unbuildable(`The conda file is no YAML: ${(error as Error).message}`)
  }
  if (content === null || content === undefined) return {}
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new Unbuildable('The conda file is no mapping.')
  }
  return content as Readonly<Record<string, unknown>>
}

interface Part {
  readonly python?: string
  readonly requirements?: readonly string[]
  readonly remarks?: readonly string[]
}

function partOf(dependency: unknown): Part {
  if (typeof dependency === 'string') return condaPart(dependency)
  const { pip } = (dependency ?? {}) as { readonly pip?: unknown }
  if (!Array.isArray(pip)) {
    throw new Unbuildable(`'${JSON.stringify(dependency)}' is neither a package nor a pip part.`)
  }
  return { requirements: pip.map((line) => checkedRequirement(String(line))) }
}

/** `channel::name version build`, the version after `=` or a comparison or a space. */
const spec = /^(?:[^:\s]+::)?([A-Za-z0-9_.-]+)\s*(.*)$/

function condaPart(text: string): Part {
  const [, name = '', rest = ''] = spec.exec(text.trim()) ?? []
  if (name === '') throw new Unbuildable(`'${text}' is no conda package.`)
  const version = versionOf(rest)
  if (name === 'python') return { python: version }
  if (name === 'pip') {
    return version === '' ? {} : { remarks: [`'${text}': the venv's own pip is used.`] }
  }
  const known = pypiNameOf(name)
  if (known === undefined) throw new Unbuildable(refusalOf(name))
  const requirement = `${known}${pipVersion(version, text)}`
  return {
    requirements: [requirement],
    remarks: [`The conda package '${text}' is installed from PyPI as '${requirement}'.`],
  }
}

/** Without what conda says in brackets. */
function versionOf(rest = ''): string {
  return rest.replace(/\[.*\]$/, '').trim()
}

/** A conda version condition in pip's words: `=1.2` means any 1.2.x there. */
function pipVersion(version: string, text: string): string {
  if (version === '' || version === '*') return ''
  if (version.includes('|')) throw new Unbuildable(`'${text}': alternatives ('|') are conda's own.`)
  return version
    .split(',')
    .map((one) => pipCondition(one.trim(), text))
    .join(',')
}

function pipCondition(condition: string, text: string): string {
  const [, operator = '', version = '', build] =
    /^(==|>=|<=|!=|~=|=|>|<)?\s*([\w.*+!-]+?)(?:[=\s]+(\S+))?$/.exec(condition) ?? []
  if (version === '') throw new Unbuildable(`'${text}' has a version that pip has no words for.`)
  if (!['', '='].includes(operator)) return `${operator}${version}`
  // With a build string the version is meant exactly.
  if (build !== undefined) return `==${version.replace(/\.?\*$/, '')}`
  return `==${version.replace(/\.?\*$/, '')}.*`
}

const pipOptions =
  /^(--index-url|-i|--extra-index-url|--find-links|-f|--pre|--prefer-binary|--only-binary|--no-binary|--trusted-host|--no-index)\b/

/** A requirements line that stands alone. Throws Unbuildable for one that needs a file beside it. */
export function checkedRequirement(given: string): string {
  const line = given.trim()
  if (/[\r\n]/.test(line)) throw new Unbuildable('A requirement has a line break in it.')
  if (line === '' || line.startsWith('#') || pipOptions.test(line)) return line
  if (line.startsWith('-')) throw new Unbuildable(`'${line}' names a file beside the conda file.`)
  const isPath = /^\.{0,2}\//.test(line) || /(^|@\s*)file:/i.test(line)
  if (isPath) throw new Unbuildable(`'${line}' is a path, and only the file itself is registered.`)
  return line
}
