/// Number of a member of a cluster: random for every process, so that a restarted one is another member. 0 is none.
package typealias MemberID = UInt64
