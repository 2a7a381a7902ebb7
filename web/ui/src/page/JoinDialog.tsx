// Asks before a second process is started on a study that one runs already.
import { Dialog } from "../view/Dialog.js";

interface Props {
	message: string;
	onJoin: () => void;
	onClose: () => void;
}

export function JoinDialog({ message, onJoin, onClose }: Props) {
	return (
		<Dialog title="Another process runs it" onClose={onClose}>
			<p>{message}.</p>
			<p>Together they run as many trials as the limits allow, each as many at once.</p>
			<footer>
				<button onClick={onClose}>Leave it as it is</button>
				<button class="primary" onClick={() => (onClose(), onJoin())}>Start a second process</button>
			</footer>
		</Dialog>
	);
}
