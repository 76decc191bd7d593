module onefile

go 1.24
