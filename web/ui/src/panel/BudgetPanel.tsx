// What is left of each limit.
import type { Study } from "../api/types.js";
import type { StudyModel } from "../model/study.js";
import { duration, percent } from "../view/format.js";
import { Meter } from "../view/Meter.js";
import { Panel } from "./Panel.js";

const TITLES: Record<string, string> = {
	trials: "Trials",
	iterations: "Iterations",
	compute_minutes: "Compute time",
	minutes: "Time",
};

type Budget = Study["budget"][number];

const say = (name: string, value: number): string =>
	name.endsWith("minutes") ? duration(value * 60) : Math.round(value).toLocaleString("en");

function text({ name, used, limit }: Budget): string {
	const most = Number(limit ?? 0);

	if (most <= 0) return `${say(name, used)} used, no limit`;
	const left = Math.max(0, most - used);

	return `${say(name, left)} left of ${say(name, most)} (${percent(left / most)})`;
}

export function BudgetPanel({ model }: { model: StudyModel }) {
	return (
		<Panel title="Budget left" name="budget">
			{model.study.value!.budget.map((budget) => (
				<Meter key={budget.name} label={TITLES[budget.name] ?? budget.name} used={budget.used}
					limit={Number(budget.limit ?? 0)} text={text(budget)} />
			))}
		</Panel>
	);
}
