package handlers

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// candidateDownload is all that is kept of a person, for the one who asks for their own data: a page to read, the same
// for programs, and the recordings.
func (h *Handlers) candidateDownload(w http.ResponseWriter, r *http.Request) error {
	c, err := h.candidate(r)
	if err != nil {
		return err
	}
	p, err := h.candidateRecord(r.Context(), c)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("candidate-%d", c.ID)
	return h.download(w, r, name+".zip", "application/zip", func(ctx context.Context, into io.Writer) error {
		sounds, err := h.sounds(ctx, p)
		if err != nil {
			return err
		}
		archive := zip.NewWriter(into)
		add := func(path string, method uint16) (io.Writer, error) {
			return archive.CreateHeader(&zip.FileHeader{Name: name + "/" + path, Method: method, Modified: p.Now})
		}
		page, err := add("candidate.html", zip.Deflate)
		if err == nil {
			err = views.CandidateRecord(p).Render(ctx, page)
		}
		if err != nil {
			return fmt.Errorf("writing the page of candidate %d: %w", c.ID, err)
		}
		text, err := p.JSON()
		if err != nil {
			return err
		}
		programs, err := add("candidate.json", zip.Deflate)
		if err == nil {
			_, err = programs.Write(text)
		}
		if err != nil {
			return fmt.Errorf("writing candidate %d for programs: %w", c.ID, err)
		}
		for _, s := range sounds {
			sound, err := add(s.path, zip.Store) // it is packed already
			if err == nil {
				_, err = io.Copy(sound, io.NewSectionReader(s.audio, 0, s.audio.size))
			}
			if err != nil {
				return fmt.Errorf("writing a recording of candidate %d: %w", c.ID, err)
			}
		}
		if err := archive.Close(); err != nil {
			return fmt.Errorf("writing all of candidate %d: %w", c.ID, err)
		}
		return nil
	})
}

// candidateRecord reads all that is kept of somebody.
func (h *Handlers) candidateRecord(ctx context.Context, c hiring.Candidate) (p views.CandidateRecordProps, err error) {
	abilities := h.Mirror.Abilities(ctx)
	p = views.CandidateRecordProps{Candidate: c, Provider: abilities.Provider, Now: h.Now().Truncate(time.Second), Sounds: map[int]string{}}
	if p.Answers, err = h.Store.Answers(ctx, c.ID); err != nil {
		return p, err
	}
	for _, a := range p.Answers {
		if a.Recording != nil && a.Recording.Playable() && abilities.Recordings {
			p.Sounds[a.Position] = fmt.Sprintf("recordings/answer-%d%s", a.Position, soundExtension(a.Recording.MediaType()))
		}
	}
	if p.Cards, err = h.Store.Scorecards(ctx, c.ID); err != nil {
		return p, err
	}
	if p.History, err = h.Store.History(ctx, c.ID); err != nil {
		return p, err
	}
	if p.Letters, err = h.Store.CandidateLetters(ctx, c); err != nil {
		return p, err
	}
	if p.Deliveries, err = h.Store.CandidateDeliveries(ctx, c); err != nil {
		return p, err
	}
	p.Also, err = h.Store.CandidatesAlso(ctx, c)
	return p, err
}

type sound struct {
	path  string
	audio *listening
}

// sounds begins to read every recording, so that one which can't be had is known before anything is sent.
func (h *Handlers) sounds(ctx context.Context, p views.CandidateRecordProps) (list []sound, err error) {
	for _, a := range p.Answers {
		if path := p.Sounds[a.Position]; path != "" {
			s := sound{path, h.listen(ctx, p.Candidate, a)}
			if err := s.audio.begin(0); err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}

// soundExtension is what a file of a media type is called.
func soundExtension(mediaType string) string {
	switch base, _, _ := strings.Cut(mediaType, ";"); base {
	case "audio/mp4":
		return ".m4a"
	case "audio/ogg":
		return ".ogg"
	}
	return ".webm"
}
