package reports

// untried says a line each of what a pass says nothing about.
func (p *page) untried(d *Document) {
	for i, u := range d.Verdict.Untried {
		if i == 0 {
			p.heading("not tried, so this pass says nothing about it")
		}
		p.text(none, "  - ", u.What+" (to try it: "+u.Try+")")
	}
}
