import type { Panel, Query } from '../grafana.ts'

/** What the dashboards of METRICS 2.3 are written with. */

export const T = '{target=~"$target"}'
export const TE = '{target=~"$target",endpoint=~"$endpoint"}'
export const RATE = '[$__rate_interval]'

export const TARGET = { name: 'target', query: 'label_values(verdigris_resources, target)' }
export const ENDPOINT = {
  name: 'endpoint',
  query: 'label_values(verdigris_endpoint_info{target=~"$target"}, endpoint)',
}

export function panel(
  type: Panel['type'],
  title: string,
  unit: string,
  description: string,
  queries: readonly Query[],
  width = 8,
  isSigned = false,
): Panel {
  return { type, title, unit, description, queries, width, isSigned }
}

export function one(expr: string, legend = ''): readonly Query[] {
  return [{ expr, legend }]
}

export function quantiles(metric: string, by: string): readonly Query[] {
  return ['0.5', '0.99'].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le, ${by}) (rate(${metric}_bucket${RATE})))`,
    legend: `p${Number(quantile) * 100} {{${by}}}`,
  }))
}
