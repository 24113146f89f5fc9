// The kinds of panels that the dashboards are made of, each with what every panel must have: title, description, unit,
// thresholds. Not where they stand (dashboard.ts).

import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  type DataSourceRef,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as StatusHistory } from '@grafana/grafana-foundation-sdk/statushistory';
import type { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { prometheus } from './query.ts';

export type AnyPanel = Stat | BarGauge | StateTimeline | StatusHistory | Table | TimeSeries;

/** What a panel says, whatever its kind. */
export interface PanelSpec {
  title: string;
  /** What it shows and what to do about it; the text behind the ⓘ. */
  description: string;
  /** Of 24 columns. */
  width: number;
  unit: string;
  targets: readonly Builder<Dataquery>[];
  /** Where colours change. Default: green throughout. */
  steps?: readonly Threshold[];
  /** Names of values. */
  values?: readonly ValueMapping[];
  /** Colours of series, by name. */
  colors?: Readonly<Record<string, string>>;
  datasource?: DataSourceRef;
  /** Shown where there is no value. */
  empty?: string;
  /** The shortest step of the queries. */
  interval?: string;
  decimals?: number;
  max?: number;
}

export interface Placed {
  width: number;
  panel: AnyPanel;
}

/** Green, then the colour of each limit from there on. */
export function steps(...limits: readonly [at: number, color: string][]): Threshold[] {
  return [{ value: null, color: 'green' }, ...limits.map(([value, color]) => ({ value, color }))];
}

/** One colour, for numbers that are neither good nor bad. */
export const plain: readonly Threshold[] = [{ value: null, color: 'blue' }];

/** Texts and colours of single values. */
export function mapping(texts: Readonly<Record<string, { text: string; color: string }>>): ValueMapping {
  return { type: MappingType.ValueToText, options: texts };
}

/** A big number. With `trend` its course is drawn below. */
export function stat(spec: PanelSpec & { trend?: boolean; nameOnly?: boolean }): Placed {
  const panel = new Stat()
    .colorMode(BigValueColorMode.Background)
    .graphMode(spec.trend === true ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .textMode(spec.nameOnly === true ? BigValueTextMode.Name : BigValueTextMode.Auto)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  return placed(panel, spec);
}

/** A bar per series, the newest value. */
export function bars(spec: PanelSpec): Placed {
  const panel = new BarGauge()
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .showUnfilled(true)
    .min(0)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  return placed(panel, spec);
}

/** Lines; `stacked` fills them upon each other, `counts` draws what happened per step as bars. */
export function graph(spec: PanelSpec & { look?: 'lines' | 'stacked' | 'counts'; legend?: 'list' | 'table' }): Placed {
  const look = spec.look ?? 'lines';
  const legend = new VizLegendOptionsBuilder()
    .showLegend(true)
    .placement(LegendPlacement.Bottom)
    .displayMode(spec.legend === 'table' ? LegendDisplayMode.Table : LegendDisplayMode.List)
    .calcs(spec.legend === 'table' ? ['lastNotNull', 'max'] : []);
  const panel = new TimeSeries()
    .drawStyle(look === 'counts' ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineWidth(look === 'counts' ? 0 : 1)
    .fillOpacity({ lines: 0, stacked: 60, counts: 80 }[look])
    .stacking(new StackingConfigBuilder().group('A').mode(look === 'lines' ? StackingMode.None : StackingMode.Normal))
    .showPoints(VisibilityMode.Never)
    .axisSoftMin(0)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(legend);
  return placed(panel, spec);
}

/** What held when: a coloured band per series. */
export function timeline(spec: PanelSpec): Placed {
  return placed(new StateTimeline().mergeValues(true).showValue(VisibilityMode.Auto).fillOpacity(80), spec);
}

/** A box per series and step. */
export function calendar(spec: PanelSpec): Placed {
  return placed(new StatusHistory().showValue(VisibilityMode.Auto).fillOpacity(80).rowHeight(0.85), spec);
}

/** Gives a panel what its specification says. */
export function placed(panel: AnyPanel, spec: PanelSpec): Placed {
  const thresholds = new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...(spec.steps ?? steps())]);
  panel.title(spec.title).description(spec.description);
  panel.datasource(spec.datasource ?? prometheus);
  panel.unit(spec.unit).thresholds(thresholds);
  panel.targets([...spec.targets]);
  if (spec.values !== undefined) panel.mappings([...spec.values]);
  if (spec.empty !== undefined) panel.noValue(spec.empty);
  if (spec.interval !== undefined) panel.interval(spec.interval);
  if (spec.decimals !== undefined) panel.decimals(spec.decimals);
  if (spec.max !== undefined) panel.max(spec.max);
  for (const [name, color] of Object.entries(spec.colors ?? {})) panel.overrideByName(name, fixedColor(color));
  return { width: spec.width, panel };
}

function fixedColor(color: string): DynamicConfigValue[] {
  return [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }];
}
