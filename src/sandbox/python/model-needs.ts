import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkedRequirement, needsOfConda } from './conda.ts'
import { nothingNeeded, type PythonNeeds } from './needs.ts'

/**
 * What an MLflow model says that it needs: the conda.yaml beside its MLmodel, whose pip part names requirements.txt
 * in newer versions; or requirements.txt alone. Throws Unbuildable.
 */
export async function needsOfModel(folder: string): Promise<PythonNeeds> {
  const conda = await textOf(join(folder, 'conda.yaml'))
  const requirements = await textOf(join(folder, 'requirements.txt'))
  const needs = conda === undefined ? needsOfList(requirements ?? '') : needsOfConda(conda)
  const has = (name: RegExp) => needs.requirements.some((line) => name.test(line.trim()))
  if (has(/^mlflow(-skinny)?\b/i)) return withScoring(needs, has)
  const remark = 'The model names no mlflow: the newest mlflow-skinny is used.'
  const added = { ...needs, requirements: [...needs.requirements, 'mlflow-skinny'] }
  return withScoring({ ...added, remarks: [...needs.remarks, remark] }, has)
}

/** mlflow-skinny leaves out what reading a request takes. */
function withScoring(needs: PythonNeeds, has: (name: RegExp) => boolean): PythonNeeds {
  const missing = ['pandas', 'numpy'].filter((name) => !has(new RegExp(`^${name}\\b`, 'i')))
  return { ...needs, requirements: [...needs.requirements, ...missing] }
}

function needsOfList(text: string): PythonNeeds {
  const lines = text.split(/\r?\n/).map((line) => checkedRequirement(line))
  return { ...nothingNeeded, requirements: lines.filter((line) => line !== '') }
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
