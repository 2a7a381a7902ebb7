// Those of the server's figures that a study has, in our order and under our names.
import type { StudyModel } from "../model/study.js";
import type { StudyView } from "../model/view.js";
import { FigurePanel } from "./FigurePanel.js";

interface Look {
	title: string;
	wide?: boolean;
	height?: number;
}

const LOOKS: Record<string, Look> = {
	history: { title: "Optimisation metric" },
	objective: { title: "Objective per trial" },
	pareto: { title: "Pareto front", height: 360 },
	hypervolume: { title: "Hypervolume", height: 360 },
	importance: { title: "Importance of the parameters" },
	intermediate: { title: "Learning curves" },
	slice: { title: "Slice", wide: true },
	contour: { title: "Contour", height: 340 },
	rank: { title: "Rank", height: 340 },
	edf: { title: "Distribution of the objective" },
	timeline: { title: "Timeline by worker", wide: true, height: 260 },
};

interface Props {
	model: StudyModel;
	view: StudyView;
	names: string[];
}

export function Figures({ model, view, names }: Props) {
	const infos = names.flatMap((name) => model.figures.value.filter((info) => info.name === name));

	if (infos.length === 0) return null;
	return (
		<div class="panels">
			{infos.map((info) => (
				<FigurePanel key={info.name} model={model} info={info} chosen={view.marked.value}
					{...(LOOKS[info.name] ?? { title: info.title })} />
			))}
		</div>
	);
}
