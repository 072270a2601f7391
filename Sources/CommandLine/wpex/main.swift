import WpexCommands

await Wpex.main()
