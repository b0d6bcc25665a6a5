import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { catalogJson, vanished } from './generate/catalog.ts'
import { CONTROLLER } from './generate/dashboards/controller.ts'
import { DRIFT } from './generate/dashboards/drift.ts'
import { ENDPOINT_PAGE } from './generate/dashboards/endpoint.ts'
import { FLEET } from './generate/dashboards/fleet.ts'
import { dashboardJson } from './generate/grafana.ts'
import { apiMarkdown } from './generate/reference/api.ts'
import { limitsMarkdown } from './generate/reference/limits.ts'
import { metricsMarkdown } from './generate/reference/metrics.ts'
import { reasonsMarkdown } from './generate/reference/reasons.ts'
import { rolloutStatesMarkdown } from './generate/rollout-states.ts'
import { rulesTestYaml, rulesYaml, runbookMarkdown } from './generate/rules.ts'

const CATALOG = 'metrics.catalog.json'

/** Every generated file by its path from this folder. A test checks that they are what is committed. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    [CATALOG, catalogJson()],
    ['prometheus/rules.yaml', rulesYaml()],
    ['prometheus/rules.test.yaml', rulesTestYaml()],
    ['prometheus/RUNBOOK.md', runbookMarkdown()],
    ['../docs/rollout-states.md', rolloutStatesMarkdown()],
    ['../docs/reference/metrics.md', metricsMarkdown()],
    ['../docs/reference/api.md', apiMarkdown()],
    ['../docs/reference/reasons.md', reasonsMarkdown()],
    ['../docs/reference/limits.md', limitsMarkdown()],
    ['grafana/dashboards/fleet.json', dashboardJson(FLEET)],
    ['grafana/dashboards/endpoint.json', dashboardJson(ENDPOINT_PAGE)],
    ['grafana/dashboards/drift.json', dashboardJson(DRIFT)],
    ['grafana/dashboards/controller.json', dashboardJson(CONTROLLER)],
  ])
}

async function main(): Promise<void> {
  const files = generatedFiles()
  const before = await readFile(join(import.meta.dirname, CATALOG), 'utf8').catch(() => undefined)
  const lost = before === undefined ? [] : vanished(before, files.get(CATALOG) ?? '')
  if (lost.length > 0) {
    throw new Error(`Metric names are an API. Give their successors 'formerly': ${lost.join(', ')}`)
  }
  for (const [path, text] of files) await writeFile(join(import.meta.dirname, path), text)
}

if (import.meta.main) await main()
