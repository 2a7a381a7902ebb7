import { studyUrl } from "../api/client.js";
import { LogView } from "../view/LogView.js";
import { Dialog } from "../view/Dialog.js";

export function OutputDialog({ name, onClose }: { name: string; onClose: () => void }) {
	return (
		<Dialog title="What the run printed" onClose={onClose}>
			<LogView url={studyUrl(name, "/output")} follow={true} />
		</Dialog>
	);
}
