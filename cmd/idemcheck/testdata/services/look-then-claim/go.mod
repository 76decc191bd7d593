module looks

go 1.24
