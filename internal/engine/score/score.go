// Package score judges answers: by a checklist of literal words, and by a language model whose quotes must be words
// of the answer. It knows nothing of storage, of thresholds and buckets, or of when scoring happens.
package score
