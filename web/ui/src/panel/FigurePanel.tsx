// A figure of the server in a panel, with a chooser of the objective and of two parameters
// where it takes them. The choice stands in the address.
import { studyUrl } from "../api/client.js";
import type { FigureInfo } from "../api/types.js";
import { go, query, setQuery, trialLink } from "../model/route.js";
import type { StudyModel } from "../model/study.js";
import { Plot } from "../plot/Plot.js";
import { partOf } from "../plot/values.js";
import { useCallback } from "preact/hooks";
import { FigureMenu } from "./FigureMenu.js";
import { useFigure } from "./figure.js";
import { Panel } from "./Panel.js";
import { useVisible } from "./visible.js";

interface Props {
	model: StudyModel;
	info: FigureInfo;
	title: string;
	chosen: ReadonlySet<number> | null;
	wide?: boolean;
	height?: number;
}

function Choose({ id, label, options }: { id: string; label: string; options: [string, string][] }) {
	return (
		<select aria-label={label} title={label} value={query(id)}
			onChange={(event) => setQuery({ [id]: event.currentTarget.value })}>
			{options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
		</select>
	);
}

function Choosers({ model, info }: { model: StudyModel; info: FigureInfo }) {
	const study = model.study.value;
	const names: [string, string][] = (study?.parameters ?? []).map(({ name }) => [name, name]);
	const automatic: [string, string] = ["", "most important"];

	return (
		<>
			{info.objectives.length > 1 && (
				<Choose id={`${info.name}.o`} label={`Objective of ${info.title}`}
					options={info.objectives.map((i) => [i === 0 ? "" : String(i), model.objectives.value[i]?.key ?? String(i)])} />
			)}
			{info.pair && <Choose id={`${info.name}.x`} label={`Horizontal parameter of ${info.title}`} options={[automatic, ...names]} />}
			{info.pair && <Choose id={`${info.name}.y`} label={`Vertical parameter of ${info.title}`} options={[["", "second"], ...names]} />}
		</>
	);
}

export function address(study: string, info: Pick<FigureInfo, "name" | "per_objective" | "pair">): string {
	const wanted = new URLSearchParams();
	const add = (name: string, value: string) => value !== "" && wanted.set(name, value);

	if (info.per_objective) add("objective", query(`${info.name}.o`));
	if (info.pair) {
		add("x", query(`${info.name}.x`));
		add("y", query(`${info.name}.y`));
	}
	const text = wanted.toString();

	return studyUrl(study, `/figures/${info.name}${text === "" ? "" : `?${text}`}`);
}

const isEmpty = (data: Record<string, any>[]): boolean =>
	data.every((trace) => ["x", "y", "z"].every((key) => !(trace[key]?.length > 0)));

export function FigurePanel({ model, info, title, chosen, wide, height }: Props) {
	const { ref, visible } = useVisible<HTMLElement>();
	const { figure, error } = useFigure(address(model.name, info), model.version.value, visible);
	const open = useCallback((number: number) => go(trialLink(model.name, number)), [model]);
	const part = figure === null ? "" : partOf(figure);
	const tools = (
		<>
			{part !== "" && <span class="faint">{part}</span>}
			<Choosers model={model} info={info} />
			<FigureMenu name={`${model.name}-${info.name}`} figure={figure} panel={ref} />
		</>
	);

	return (
		<Panel title={title} name={info.name} wide={wide} tools={tools} forwardedRef={ref}>
			{error && <p class="warning" role="alert">{error.message}</p>}
			{figure === null
				? !error && <div class="plot waiting" style={{ height: `${height ?? 300}px` }} />
				: isEmpty(figure.data)
					? <p class="nothing">Nothing to draw yet: this needs trials that ended with a value.</p>
					: <Plot figure={figure} label={`${title} of ${model.name}`} height={height} chosen={chosen} onTrial={open} onDrawn={model.figureDrawn} />}
		</Panel>
	);
}
