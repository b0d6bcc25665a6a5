/** Grafana's JSON, from the little that a panel of ours needs to say. */

export interface Query {
  readonly expr: string
  readonly legend: string
}

export interface Panel {
  readonly title: string
  readonly type: 'timeseries' | 'stat' | 'table' | 'bargauge' | 'state-timeline'
  /** Grafana's unit name: percentunit, s, reqps, dateTimeFromNow, short. */
  readonly unit: string
  readonly queries: readonly Query[]
  readonly description: string
  /** Whether its numbers may be below 0. */
  readonly isSigned?: boolean
  /** Of 24 columns; 8 unless told. */
  readonly width?: number
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  /** Template variables, each with the metric and label its values come from. */
  readonly variables: readonly { readonly name: string; readonly query: string }[]
  readonly rows: readonly Row[]
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own variable.
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const
const COLUMNS = 24
const PANEL_HEIGHT = 7

/** The text of a dashboard file that Grafana provisions. */
export function dashboardJson(dashboard: Dashboard): string {
  const document = {
    uid: dashboard.uid,
    title: dashboard.title,
    tags: ['verdigris'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [datasourceVariable(), ...dashboard.variables.map(queryVariable)] },
    panels: layOut(dashboard.rows),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function datasourceVariable() {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' }
}

function queryVariable({ name, query }: Dashboard['variables'][number]) {
  return {
    name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
    sort: 1,
  }
}

function layOut(rows: readonly Row[]): readonly object[] {
  const panels: object[] = []
  let y = 0
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    })
    y += 1
    let x = 0
    for (const panel of row.panels) {
      const w = panel.width ?? 8
      if (x + w > COLUMNS) {
        x = 0
        y += PANEL_HEIGHT
      }
      panels.push(panelOf(panel, panels.length + 1, { x, y, w, h: PANEL_HEIGHT }))
      x += w
    }
    y += PANEL_HEIGHT
  }
  return panels
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const isInstant = panel.type !== 'timeseries' && panel.type !== 'state-timeline'
  return {
    id,
    type: panel.type,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: { unit: panel.unit, ...(panel.isSigned ? {} : { min: 0 }) },
      overrides: [],
    },
    options: panel.type === 'timeseries' ? { legend: { displayMode: 'list' } } : {},
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      instant: isInstant,
      range: !isInstant,
      ...(panel.type === 'table' ? { format: 'table' } : {}),
    })),
  }
}
