import { Empty } from "../view/Empty.js";
import { Link } from "../view/Link.js";

export function MissingPage() {
	return (
		<Empty title="There is no such page">
			<p>The address may be cut or mistyped. <Link href="/">All studies</Link> are one step away.</p>
		</Empty>
	);
}
