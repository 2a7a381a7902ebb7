// One study: what it is doing, its figures, its trials.
import { useEffect, useMemo } from "preact/hooks";

import { StudyModel } from "../model/study.js";
import { StudyView } from "../model/view.js";
import { BestPanel } from "../panel/BestPanel.js";
import { BudgetPanel } from "../panel/BudgetPanel.js";
import { address } from "../panel/FigurePanel.js";
import { askAhead } from "../panel/figure.js";
import { Figures } from "../panel/Figures.js";
import { ResourcesPanel } from "../panel/ResourcesPanel.js";
import { ParallelPanel } from "../parallel/ParallelPanel.js";
import { plotly } from "../plot/load.js";
import { TrialTable } from "../table/TrialTable.js";
import { Empty, Failure, Loading } from "../view/Empty.js";
import { Link } from "../view/Link.js";
import { StudyHead } from "./StudyHead.js";

const FIRST = ["history", "objective"];
const FRONT = ["pareto", "hypervolume"];
const LATER = ["importance", "intermediate", "slice", "contour", "rank", "edf", "timeline"];

function Waiting({ model }: { model: StudyModel }) {
	const running = model.study.value?.state === "running";

	return (
		<Empty title={running ? "Waiting for the first trial" : "No trials yet"}>
			<p>{running
				? "It appears here as soon as it starts."
				: "Start the study above, or run it from a shell: hpo search --study FILE."}</p>
		</Empty>
	);
}

export function StudyPage({ name }: { name: string }) {
	const model = useMemo(() => new StudyModel(name), [name]);
	const view = useMemo(() => new StudyView(model), [model]);

	useEffect(() => () => model.close(), [model]);
	// While the study is on its way; who draws with it tells what went wrong.
	useEffect(() => void plotly(false).catch(() => undefined), []);
	useEffect(() => {
		const stops = FIRST.map((first) => askAhead(address(name, { name: first, per_objective: true, pair: false })));

		return () => stops.forEach((stop) => stop());
	}, [name]);

	const study = model.study.value;
	const error = model.error.value;

	if (study === null || (error?.status === 404)) {
		if (error === null) return <Loading what={name} />;
		if (error.status !== 404) return <Failure error={error} retry={() => void model.refresh()} />;
		return (
			<Empty title="There is no such study">
				<p>{error.message}</p>
				<p><Link href="/" class="button">All studies</Link></p>
			</Empty>
		);
	}
	const hasTrials = study.count > 0 || model.rows.value.length > 0;
	const hasRows = model.rows.value.length > 0;

	return (
		<>
			<StudyHead model={model} view={view} />
			{error && <p class="warning" role="alert">{error.message}</p>}
			<div class="panels">
				<BestPanel model={model} />
				<BudgetPanel model={model} />
				<ResourcesPanel model={model} />
			</div>
			{hasTrials ? (
				<>
					<Figures model={model} view={view} names={FIRST} />
					<Figures model={model} view={view} names={FRONT} />
					{hasRows ? (
						<>
							<div class="panels"><ParallelPanel model={model} view={view} /></div>
							<TrialTable model={model} view={view} />
							<Figures model={model} view={view} names={LATER} />
						</>
					) : <Loading what="the trials" />}
				</>
			) : <Waiting model={model} />}
		</>
	);
}
