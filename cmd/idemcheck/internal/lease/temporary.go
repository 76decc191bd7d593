package lease

import "os"

// Temporary makes a folder that goes away with the run; if the run is killed, with the next one.
func Temporary() (dir string, release func() error, err error) {
	l, err := Take(os.TempDir(), "")
	if err != nil {
		return "", nil, err
	}
	if err := os.Mkdir(l.Folder(), 0o700); err != nil {
		_ = l.Release() // making the folder failed already
		return "", nil, err
	}
	return l.Folder(), l.Release, nil
}
