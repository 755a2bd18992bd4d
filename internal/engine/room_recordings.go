package engine

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// errDamaged refuses a part that is not what its sender sent.
var errDamaged = errors.New("the part was damaged on its way")

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// recordingID is the recording that the path names.
func recordingID(q *http.Request) (string, error) {
	id := q.PathValue("id")
	if !uuidPattern.MatchString(id) {
		return "", ErrNotFound
	}
	return id, nil
}

// recordingTypes are what browsers record, with the only parameter that they give.
var recordingTypes = map[string]bool{"audio/webm": true, "audio/mp4": true, "audio/ogg": true}

var codecsPattern = regexp.MustCompile(`^[\w.-]{1,40}$`)

// recordingType reads a media type as a browser's recorder writes it, and gives one that is fit to be served; ok is
// false for anything that is not sound.
func recordingType(text string) (mediaType string, ok bool) {
	base, params, err := mime.ParseMediaType(text)
	if err != nil || !recordingTypes[base] {
		return "", false
	}
	if codecs := params["codecs"]; codecsPattern.MatchString(codecs) {
		return mime.FormatMediaType(base, map[string]string{"codecs": codecs}), true
	}
	return base, true
}

// seconds reads what the browser measured; 0 for what can't be.
func seconds(text string) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n < 24*60*60) {
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

// recordingBegin makes room for a spoken answer.
func (r *room) recordingBegin(w http.ResponseWriter, q *http.Request) error {
	n, err := position(q)
	if err != nil {
		return err
	}
	id, err := recordingID(q)
	if err != nil {
		return err
	}
	mediaType, ok := recordingType(q.URL.Query().Get("type"))
	if !ok {
		return ErrNotFound
	}
	ago := seconds(q.URL.Query().Get("ago"))
	if err := r.BeginRecording(q.Context(), q.PathValue("invite"), n, id, mediaType, ago); err != nil {
		return err
	}
	respond(w, http.StatusOK, saveAnswer{State: "saved"})
	return nil
}

// recordingPart takes one part. Content-Digest (RFC 9530) is compared where it is sent.
func (r *room) recordingPart(w http.ResponseWriter, q *http.Request) error {
	id, err := recordingID(q)
	if err != nil {
		return err
	}
	part, err := strconv.Atoi(q.PathValue("part"))
	if err != nil {
		return ErrNotFound
	}
	data, err := io.ReadAll(q.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	if digest := q.Header.Get("Content-Digest"); digest != "" {
		sum := sha256.Sum256(data)
		if digest != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
			return errDamaged
		}
	}
	if err := r.SavePart(q.Context(), q.PathValue("invite"), id, part, data); err != nil {
		return err
	}
	respond(w, http.StatusOK, saveAnswer{State: "saved"})
	return nil
}

// recordingFinish makes one recording of the parts.
func (r *room) recordingFinish(w http.ResponseWriter, q *http.Request) error {
	id, err := recordingID(q)
	if err != nil {
		return err
	}
	parts, err := strconv.Atoi(q.PostFormValue("parts"))
	if err != nil || parts < 0 || parts > partsMax {
		return ErrNotFound
	}
	if err := r.FinishRecording(q.Context(), q.PathValue("invite"), id, parts, seconds(q.PostFormValue("seconds"))); err != nil {
		return err
	}
	respond(w, http.StatusOK, saveAnswer{State: "saved"})
	return nil
}

// recordingDrop takes a spoken answer away.
func (r *room) recordingDrop(w http.ResponseWriter, q *http.Request) error {
	id, err := recordingID(q)
	if err != nil {
		return err
	}
	if err := r.DropRecording(q.Context(), q.PathValue("invite"), id); err != nil {
		return err
	}
	respond(w, http.StatusOK, saveAnswer{State: "saved"})
	return nil
}

// recordingPlay lets people listen to what they said.
func (r *room) recordingPlay(w http.ResponseWriter, q *http.Request) error {
	id, err := recordingID(q)
	if err != nil {
		return err
	}
	s, err := r.soundOf(q.Context(), `r.id = $1 AND s.invite_id = $2`, id, storable(q.PathValue("invite")))
	if err != nil {
		return err
	}
	if s == nil {
		return ErrNotFound
	}
	s.serve(w, q)
	return nil
}
