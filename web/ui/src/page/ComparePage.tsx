// Some studies side by side: how fast each got how far, and how their settings differ.
import { useEffect, useMemo, useState } from "preact/hooks";

import { type ApiError, get, studyUrl } from "../api/client.js";
import type { Study, StudyRow, TrialsAnswer } from "../api/types.js";
import { compareLink, go, place, query, setQuery } from "../model/route.js";
import { mergeRows, type Row } from "../model/table.js";
import { Panel } from "../panel/Panel.js";
import { Plot } from "../plot/Plot.js";
import { Empty, Failure, Loading } from "../view/Empty.js";
import { bestFigure, distributionFigure, type Compared } from "./compare-figures.js";
import { CompareTable } from "./CompareTable.js";

const MOST = 8;

const names = (): string[] => [...new Set(place.value.query.getAll("s"))].slice(0, MOST);

async function fetchStudy(name: string): Promise<Compared> {
	const study = await get<Study>(studyUrl(name));
	let rows: Row[] = [];
	let next = "";
	let answer: TrialsAnswer;

	do {
		answer = await get<TrialsAnswer>(studyUrl(name, `/trials${next}`));
		rows = mergeRows(rows, answer);
		next = `?since=${encodeURIComponent(answer.next)}`;
	} while (answer.more);
	return { study, rows };
}

function Chooser({ all, chosen }: { all: StudyRow[]; chosen: string[] }) {
	const toggle = (name: string) =>
		go(compareLink(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]));

	return (
		<details class="chooser" open={chosen.length < 2}>
			<summary>Studies to compare</summary>
			<div class="columns">
				{all.map(({ name }) => (
					<label key={name} class="check">
						<input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)}
							disabled={chosen.length >= MOST && !chosen.includes(name)} /> {name}
					</label>
				))}
			</div>
		</details>
	);
}

function Pictures({ list }: { list: Compared[] }) {
	const byTime = query("by") === "time";
	const figures = useMemo(() => ({
		best: bestFigure(list, byTime), distribution: distributionFigure(list),
	}), [list, byTime]);
	const tools = (
		<select aria-label="By trials or by time" value={query("by")} onChange={(e) => setQuery({ by: e.currentTarget.value })}>
			<option value="">by trials</option>
			<option value="time">by time</option>
		</select>
	);

	return (
		<div class="panels">
			<Panel title="Best so far" name="best-so-far" tools={tools}>
				<Plot figure={figures.best} label="Best value so far of each study" height={340} />
			</Panel>
			<Panel title="Distribution of the objective" name="distribution">
				<Plot figure={figures.distribution} label="Distribution of the objective of each study" height={340} />
			</Panel>
		</div>
	);
}

export function ComparePage() {
	const chosen = names();
	const [all, setAll] = useState<StudyRow[]>([]);
	const [list, setList] = useState<Compared[] | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const wanted = chosen.join("\n");

	useEffect(() => {
		get<{ studies: StudyRow[] }>("/api/studies").then(({ studies }) => setAll(studies), setError);
	}, []);
	useEffect(() => {
		let current = true;

		setError(null);
		Promise.all(chosen.map(fetchStudy)).then(
			(fetched) => current && setList(fetched), (cause) => current && setError(cause));
		return () => void (current = false);
	}, [wanted]);

	return (
		<>
			<div class="head"><h1>Compare studies</h1></div>
			<Chooser all={all} chosen={chosen} />
			{error ? <Failure error={error} />
				: list === null ? <Loading what="the studies" />
					: list.length < 2 ? <Empty title="Choose two or more studies" />
						: (
							<>
								<Pictures list={list} />
								<CompareTable list={list} />
							</>
						)}
		</>
	);
}
