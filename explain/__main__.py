"""`cnncalc`, and `python -m explain`."""

import gc


def main() -> None:
    """Run the command line."""
    gc.set_threshold(50_000)  # imports make no garbage: looking for it costs a twentieth of the start-up
    from explain.cli import main as run

    run()


if __name__ == "__main__":
    main()
