"""Run the embedded site's processes together: start them, restart what dies, leave nothing behind."""
